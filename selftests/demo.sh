#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Show what memsusp does, with real programs, in a throw-away virtual machine
# with Debian's own kernel. Options are those of vm/run, such as "-k 6.12".
# The exit status is 0 only if all that is told did happen.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)

cat <<-'EOT'
	memsusp suspends programs that touch more memory than they may, instead of
	letting them drive the machine into swapping or the kernel kill them.
	This shows it in a virtual machine that runs Debian's unmodified kernel and is
	thrown away afterwards; nothing on this machine is changed.

	Building the module and the tool, and booting ...
EOT
# Called from make or not: the tool is quick to build, and is built quietly.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$here/../userspace" >&2

status=0
"$here/vm/run" -m 512 --timeout 600 "$@" -- "$here/demo-guest.sh" || status=$?
if [ "$status" -ne 0 ]; then
	echo "memsusp demo: FAILED (status $status)" >&2
	exit 1
fi
echo "memsusp demo: it all happened as told, without a complaint from the kernel ($SECONDS s)"
