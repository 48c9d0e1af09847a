#!/bin/sh
# Leaves: .cache/image/tree, the whole root of the box; packages.txt and image-id.
# Needs: 10-root, 20-kernel, tools/install-tree.sh, image/files (laid over the root as it is).
# Proved by: tests/box (page, call, services), tests/unit/systemd (hardening).
. image/lib.sh
STEP=40-tree

if made tree "$(cat "$CACHE/root.made" "$CACHE/kernel.made" "$CACHE/module.made" image/40-tree.sh image/bytecode.py tools/install-tree.sh)" \
    "$(hash $SOURCES)"; then exit 0; fi

tree=$CACHE/tree
say "root, kernel modules, program"
rm -rf "$tree"
cp -a --reflink=auto "$CACHE/root" "$tree"
cp -a "$CACHE/kernel/lib/modules" "$tree/usr/lib/"
tools/install-tree.sh "$tree" --arch $ARCH
cp -a --no-preserve=ownership image/files/. "$tree/"
chown -R 0:0 "$tree/usr/lib/dyzurka" "$tree/etc"

aarch64-linux-gnu-gcc -Os -Wall -Werror -shared -fPIC -s -Wl,--build-id=none -o "$tree/usr/lib/dyzurka/verity_status.so" image/rauc/verity_status.c

# Users and their groups, as numbers that stay the same from version to version: the data belongs to them.
cat > "$tree/usr/lib/sysusers.d/dyzurka-numbers.conf" <<'END'
g dyzurka 800
u dyzurka 800:dyzurka "Dyzurka exchange" /data/dyzurka
u dyzurka-web 801:dyzurka "Dyzurka page"
END
systemd-sysusers --root="$tree"

mkdir -p "$tree/data" "$tree/firmware" "$tree/etc/nftables.d"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
ln -sf /usr/share/zoneinfo/Europe/Warsaw "$tree/etc/localtime"
: > "$tree/etc/fstab" # the initrd mounts
echo uninitialized > "$tree/etc/machine-id"
rm -f "$tree/etc/ssh/ssh_host_"* "$tree/var/lib/dbus/machine-id"
passwd --root "$tree" --lock root > /dev/null # no password opens the box
for unit in dyzurka-exchange.service dyzurka-web.socket dyzurka-web.service dyzurka-firstboot.service \
    dyzurka-firewall.service dyzurka-console.service systemd-networkd.service systemd-resolved.service \
    systemd-timesyncd.service; do
    systemctl --root="$tree" --quiet enable "$unit"
done
# What a box does not need at its start.
for unit in ssh.service ssh.socket nut-server.service nut-monitor.service nut.target nut-driver.target \
    nut-driver-enumerator.service nut-driver-enumerator.path apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    wpa_supplicant.service getty@tty1.service systemd-networkd-wait-online.service rauc.service alsa-restore.service alsa-state.service; do
    systemctl --root="$tree" --quiet disable "$unit" 2> /dev/null || true
done
for unit in getty@tty1.service serial-getty@ttyAMA0.service serial-getty@ttyAMA10.service serial-getty@ttyS0.service serial-getty@ttyS1.service systemd-networkd-wait-online.service \
    sshd-keygen.service systemd-random-seed.service fstrim.timer ldconfig.service systemd-journal-catalog-update.service systemd-remount-fs.service systemd-firstboot.service; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit"
done

# Nothing of a sound card's is kept from start to start: whoever uses one sets it.
mkdir -p "$tree/etc/udev/rules.d"
ln -sf /dev/null "$tree/etc/udev/rules.d/90-alsa-restore.rules"
mkdir -p "$tree/etc/systemd/system-generators"
ln -sf /dev/null "$tree/etc/systemd/system-generators/systemd-ssh-generator"

# Byte code now, for the root is read-only later; the library's own scripts made theirs when they were configured. Of what has
# not changed since the last build it is kept.
lib=/usr/lib/dyzurka/lib python=$(cat "$CACHE/root.made")
python3 image/bytecode.py fetch "$tree$lib" "$CACHE/bytecode" "$python" | sed "s#^$tree##" > "$tree/tmp/sources"
say "byte code, by the box's own Python, of $(grep -c . "$tree/tmp/sources" || true) files"
# In a mount namespace of its own: nothing of this machine's /dev is ever left in the tree.
unshare --mount sh -euc 'mount --bind /dev "$1/dev"
    if [ -s "$1/tmp/sources" ]; then
        chroot "$1" /usr/bin/python3 -m compileall -q -j 2 --invalidation-mode unchecked-hash -i /tmp/sources
    fi
    exec chroot "$1" /usr/lib/dyzurka/bin/dyzurka-compile' \
    sh "$tree" > /dev/null
python3 image/bytecode.py keep "$tree$lib" "$CACHE/bytecode" "$python"

rm -rf "$tree"/var/lib/apt/* "$tree"/var/cache/* "$tree"/var/log/* "$tree"/tmp/* "$tree"/boot/* "$tree"/root/.cache \
    "$tree"/usr/share/bash-completion "$tree"/usr/share/doc/*/changelog*
# Voices: Natan for Polish (its licence: docs/decisions/0007-speech.md), slt for English; espeak-ng for both. Character sets beyond UTF and Latin, and firmware of other boards.
(cd "$tree/usr/share/RHVoice/voices" && find . -mindepth 1 -maxdepth 1 ! -name natan ! -name slt -exec rm -rf {} +)
find "$tree/usr/lib/aarch64-linux-gnu/espeak-ng-data" -name '*_dict' ! -name en_dict ! -name pl_dict -delete
find "$tree/usr/lib/aarch64-linux-gnu/gconv" -name '*.so' ! -name 'UTF*' ! -name 'UNICODE*' ! -name 'ISO8859-[12].so' -delete
find "$tree/usr/lib/firmware" -type f,l ! -name 'brcmfmac434[35]*' ! -name 'brcmfmac4356*' ! -name 'regulatory*' -delete
# Caches are made now, not at the first start: who asks finds them up to date (systemd-update-done.service(8)).
systemd-hwdb --root="$tree" update 2> /dev/null || true
touch "$tree/etc/.updated" "$tree/var/.updated"
# Names the image; each slot's /etc and /var belong to one.
{ cat "$CACHE/root.made" "$CACHE/kernel.made"; hash appliance hardware webui systemd image; } | sha256sum | cut -c1-16 > "$tree/usr/lib/dyzurka/image-id"
echo "$VERSION" > "$tree/usr/lib/dyzurka/version"
done_with tree
