# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What fetch, build and run have in common. Sourced, not run.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # used by those who source this
top=$(cd "$vm_dir/../.." && pwd -P)
cache=${MEMSUSP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/memsusp}
me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$*"; exit 125; }

# The table's names, one a line.
kernel_names() { awk '!/^#/ && NF { print $1 }' "$vm_dir/kernels"; }

# kernel_row NAME: sets kernel suite series flavour arch, and kdir, where
# fetch leaves everything that belongs to this kernel (see there).
kernel_row() {
	local want=${1:-$(kernel_names | sed -n 1p)}

	# shellcheck disable=SC2034
	read -r kernel suite series flavour arch < <(awk -v want="$want" \
		'!/^#/ && $1 == want' "$vm_dir/kernels") ||
		die "unknown kernel '$want'; known are:" \
			"$(kernel_names | paste -sd ' ')"
	# shellcheck disable=SC2034
	kdir=$cache/kernel-$kernel
}

# Flavours that are not Debian's are built here.
is_built_here() { [ -e "$vm_dir/$flavour.config" ]; }

# What such a one has beyond tinyconfig: what the debug kernel has, except for what its
# own file says.
config_of_flavour() {
	local files=("$vm_dir/debug.config" "$vm_dir/$flavour.config")

	[ "$flavour" != debug ] || unset "files[1]"
	cat "${files[@]}" | tac | awk '
		match($0, /CONFIG_[A-Z0-9_]+[= ]/) && seen[substr($0, RSTART, RLENGTH - 1)]++ { next }
		{ print }' | tac
}

# Packages of other suites come through an apt of our own that shares nothing
# with the machine's but the address of its mirror (and, because apt reads
# /etc/apt/apt.conf.d as always, its proxy). The machine's own lists, sources
# and installed packages stay untouched.
#
# apt_open SUITE ARCH [--update]: prepares it; afterwards "apt_get ..." and
# "apt_cache ..." work on that suite.
apt_get() { apt-get -qq -c "$apt_dir/apt.conf" "$@"; }
apt_cache() { apt-cache -c "$apt_dir/apt.conf" "$@"; }
# A mirror that is just being written to is whole again soon. What is still
# missing then is an error, not a reason to go on with older lists.
update_lists() {
	apt_get -o APT::Update::Error-Mode=any update 2>/dev/null && return
	sleep 5
	apt_get -o APT::Update::Error-Mode=any update
}

# The address the machine itself has Debian ($1 = Debian) or its security
# updates ($1 = Debian-Security) from.
mirror_of() {
	# shellcheck disable=SC2016 # these are apt's
	apt-get indextargets --format \
		'$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F '|' -v label="$1" \
			'$1 == "Debian" && $2 == label && $3 == "main" { print $4 }' |
		sed -n 1p
}

apt_open() {
	local suite=$1 arch=$2 update=${3:-} main security
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg

	apt_dir=$cache/apt/$suite-$arch
	[ -e "$apt_dir/updated" ] && [ -z "$update" ] && return
	main=$(mirror_of Debian)
	security=$(mirror_of Debian-Security)
	# Whose a source is, apt knows only once it has its lists; what sources
	# it has can be told before.
	if [ -z "$main" ] || { [ -z "$security" ] && apt-get update --print-uris |
		grep -e '-security/InRelease' >/dev/null; }; then
		say "apt has no lists of Debian yet: apt-get update"
		apt-get -qq update || die "apt-get update failed"
		main=$(mirror_of Debian)
		security=$(mirror_of Debian-Security)
	fi
	[ -n "$main" ] || die "apt knows no Debian mirror (apt-get indextargets)"
	[ -e "$keys" ] || die "$keys is missing: install debian-archive-keyring"

	rm -f "$apt_dir/updated"
	mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial,empty}
	: >"$apt_dir/status"
	cat >"$apt_dir/apt.conf" <<-EOF
		Dir::Etc::sourcelist "$apt_dir/sources.list";
		Dir::Etc::sourceparts "$apt_dir/empty";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "$apt_dir/empty";
		Dir::State "$apt_dir";
		Dir::State::Lists "$apt_dir/lists";
		Dir::State::status "$apt_dir/status";
		Dir::Cache "$apt_dir/cache";
		APT::Architecture "$arch";
		#clear APT::Architectures;
		APT::Architectures { "$arch"; "amd64"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	EOF
	printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$main" "$suite" \
		>"$apt_dir/sources.list"
	# Old kernels only get their fixes through the security suite; sid has
	# none, and an end-of-life release may have lost it.
	if [ "$suite" != sid ] && [ "${suite%-backports}" = "$suite" ] && [ -n "$security" ]; then
		cp "$apt_dir/sources.list" "$apt_dir/sources.main"
		printf 'deb [signed-by=%s] %s %s-security main\n' \
			"$keys" "$security" "$suite" >>"$apt_dir/sources.list"
		if update_lists 2>/dev/null; then
			touch "$apt_dir/updated"
			return
		fi
		say "no $suite-security, going on without"
		mv "$apt_dir/sources.main" "$apt_dir/sources.list"
	fi
	update_lists ||
		die "no package lists of $suite: it is gone, or the mirror cannot be reached"
	touch "$apt_dir/updated"
}

# download DIR PACKAGE...: the newest .deb of each into DIR, once. Archives replace
# packages at any time: if one is gone, its successor may be in newer lists.
download() {
	local dir=$1 pkg

	shift
	mkdir -p "$dir"
	for pkg; do
		download_one "$dir" "$pkg" || {
			say "no $pkg: once more after apt-get update"
			update_lists && download_one "$dir" "$pkg"
		} || die "$suite has no package $pkg that can be downloaded"
	done
}

download_one() {
	local dir=$1 pkg=$2 uri file size sum

	# 'URI' FILE SIZE SHA256:SUM
	read -r uri file size sum < <(apt_get download --print-uris "$pkg") || return
	: "$uri" "$size" "$sum"
	if [ ! -e "$dir/$file" ]; then
		(
			part=$(mktemp -d "$dir/.part.XXXXXX") || exit
			trap 'rm -rf "$part"' EXIT
			cd "$part" && apt_get download "$pkg" >/dev/null &&
				mv -- *.deb "$dir/$file"
		) || return
	fi
	printf '%s\n' "$dir/$file"
}
