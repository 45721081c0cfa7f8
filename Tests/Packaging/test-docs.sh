#!/bin/sh
# The manual as a website.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

if ! command -v docc >/dev/null; then
    echo "  this toolchain has no docc: not tried"
    exit 0
fi
check "make docs has no warning" make -s docs
for article in Sources/session-janitor/Documentation.docc/*.md; do
    name=$(basename "$article" .md | tr '[:upper:]' '[:lower:]')
    check "  and makes the page $name" test -s ".build/docs/site/documentation/$name/index.html" -o \
        -s ".build/docs/site/documentation/session-janitor/$name/index.html"
done
