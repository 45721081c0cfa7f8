import Glibc
import JanitorCommand

exit(CommandLineTool.main())
