# Reads a crontab as cron does: prints, for each line that is a job, its command up to the first %, with \% as %.
# `fields` is how many words stand before the command: 6 in /etc/cron.d, where the user is the sixth, else 5.
# `commented` takes the jobs that are commented out, without their #.
commented && /^#[0-9]/ { sub(/^#/, "") }
/^[ \t]*(#|$)/ || /^[A-Z_]+=/ { next }
{
    for (field = 0; field < fields; field++) sub(/^[ \t]*[^ \t]+[ \t]+/, "")
    command = ""
    for (position = 1; position <= length($0); position++) {
        letter = substr($0, position, 1)
        if (letter == "%") break
        if (letter == "\\" && substr($0, position + 1, 1) == "%") { letter = "%"; position++ }
        command = command letter
    }
    print command
}
