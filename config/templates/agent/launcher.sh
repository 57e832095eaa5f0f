#!/bin/sh
# Starts the agent of this folder; written by `clawtui agent install`.
here=$(CDPATH= cd -P -- "${0%/*}" && pwd -P) || exit 70
exec @PYTHON@ -I -S "$here/clawtui_agent/launch.py" "$@"
