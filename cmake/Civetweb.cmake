# civetweb from its distribution source: see scripts/deps.sh, which puts it here.
