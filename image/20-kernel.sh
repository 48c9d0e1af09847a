#!/bin/sh
# Leaves: .cache/image/kernel (modules that a box may need, vmlinuz, device trees), .cache/image/firmware (the Raspberry
# Pi's) and .cache/image/busybox.
# Needs: apt; the version pinned in image/kernel.version from trixie-backports, whose packages are kept in
# .cache/image/debs, for backports forgets old versions. Where it is gone and not kept, this stops and says so.
# Proved by: tests/box, every boot, and test_drivers.py for what the emulator does not use; docs/hardware.md says what only a board can prove.
. image/lib.sh
STEP=20-kernel

version=$(cat image/kernel.version)
if made kernel "$version" "$(cat image/20-kernel.sh)"; then exit 0; fi

debs=$CACHE/debs apt=$CACHE/apt
mkdir -p "$debs" "$apt/etc/apt.conf.d" "$apt/etc/preferences.d" "$apt/etc/sources.list.d" "$apt/lists/partial" "$apt/cache/archives/partial"
touch "$apt/status"
for suite in $SUITE $SUITE-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $suite main non-free-firmware"
done > "$apt/etc/sources.list"
cat > "$apt/apt.conf" <<END
Dir::Etc "$apt/etc";
Dir::State "$apt";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Architecture "$ARCH";
APT::Architectures { "$ARCH"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
END
export APT_CONFIG="$apt/apt.conf"

abi=${version%%-*}+deb13-$ARCH
kept() { ls "$debs/$1"_*.deb > /dev/null 2>&1; }
wanted_debs="linux-base-$abi=$version linux-binary-$abi=$version linux-modules-$abi=$version raspi-firmware busybox-static"
for each in $wanted_debs; do
    kept "${each%%=*}" || missing="${missing:-} $each"
done
if [ -n "${missing:-}" ]; then
    say "apt-get download$missing"
    apt-get -qq update
    # shellcheck disable=SC2086
    (cd "$debs" && apt-get -qq download $missing) || {
        now=$(apt-cache madison linux-image-$ARCH | awk '/backports/ { print $3; exit }')
        say "$version is gone from $SUITE-backports and not kept in $debs; there is ${now:-none}." >&2
        say "Write that into image/kernel.version, build, and run make box-test before it goes out." >&2
        exit 1
    }
fi

all=$CACHE/kernel.all out=$CACHE/kernel
rm -rf "$all" "$out" "$CACHE/firmware"
mkdir -p "$all" "$out/lib/modules" "$CACHE/firmware"
for each in $wanted_debs; do dpkg-deb -x "$(ls "$debs/${each%%=*}"_*.deb)" "$all"; done
from=$all/usr/lib/modules/$abi to=$out/lib/modules/$abi
cp -a "$from" "$out/lib/modules/"
gzip -n -9 -c "$to/vmlinuz" > "$out/vmlinuz.gz"
rm "$to/vmlinuz"
mkdir -p "$out/dtb"
for board in bcm2837-rpi-3-b bcm2837-rpi-3-b-plus bcm2837-rpi-3-a-plus bcm2711-rpi-4-b bcm2711-rpi-400 bcm2711-rpi-cm4-io \
    bcm2712-rpi-5-b bcm2712-d-rpi-5-b; do
    cp "$to/dtb/broadcom/$board.dtb" "$out/dtb/"
done
# A later revision of the Pi 5 is asked for under another name by its firmware.
cp "$out/dtb/bcm2712-d-rpi-5-b.dtb" "$out/dtb/bcm2712d0-rpi-5-b.dtb"
rm -rf "$to/dtb" "$to/System.map" "$to/config" "$to/build" "$to/source"
# What no Raspberry Pi in a lodge has.
(cd "$to/kernel/drivers" && rm -rf accel ata cxl firewire iio infiniband hv media message mtd nfc nvdimm nvme parport \
    scsi/[a-r]* staging target vdpa vfio vhost xen bluetooth crypto/[d-z]* isdn comedi soundwire ufs edac \
    net/can net/fddi net/hamradio net/ieee802154 net/wan net/ppp net/team net/bonding net/vxlan net/wwan)
# Of the device mapper, what a signed update is read through.
find "$to/kernel/drivers/md" -type f ! -name 'dm-mod.*' ! -name 'dm-bufio.*' ! -name 'dm-verity.*' -delete
(cd "$to/kernel/drivers/net/ethernet" && find . -mindepth 1 -maxdepth 1 ! -name broadcom ! -name microchip ! -name cadence -exec rm -rf {} +)
(cd "$to/kernel/drivers/net/wireless" && find . -mindepth 1 -maxdepth 1 ! -name broadcom -exec rm -rf {} +)
(cd "$to/kernel/drivers/gpu/drm" && find . -mindepth 1 -maxdepth 1 -type d ! -name vc4 ! -name v3d ! -name display ! -name clients \
    ! -name scheduler ! -name bridge ! -name panel -exec rm -rf {} +)
(cd "$to/kernel/fs" && find . -mindepth 1 -maxdepth 1 -type d ! -name 'ext4' ! -name jbd2 ! -name squashfs ! -name overlayfs ! -name fat \
    ! -name nls ! -name netfs ! -name fuse ! -name exfat ! -name autofs ! -name configfs -exec rm -rf {} +)
(cd "$to/kernel/sound" && rm -rf pci soc firewire isa hda)
# Other boards' clocks and sockets, other machines' keyboards and protocols. Of some folders only what is named stays.
keep() { # FOLDER NAME…
    (cd "$to/kernel/$1" && shift && for each in *; do
        for kept; do case $each in $kept) continue 2 ;; esac; done
        rm -rf "$each"
    done)
}
keep drivers/hid 'hid.ko*' 'hid-generic.ko*' usbhid
keep drivers/input 'evdev.ko*' keyboard
keep drivers/input/keyboard 'gpio_keys*'
keep drivers/clk bcm 'clk-*' 'rp1*'
keep drivers/phy broadcom raspberrypi
keep drivers/hwmon 'raspberrypi*' 'pwm-fan*' 'hwmon*' 'rp1*'
keep drivers/mmc/host 'sdhci*' 'bcm2835*' 'cqhci*'
keep drivers/block 'virtio_blk*' 'loop*' 'nbd*' zram
keep drivers/net 'mii*' 'mdio*' mdio phy usb ethernet wireless 'virtio_net*' 'net_failover*' pcs
keep drivers/net/phy 'bcm*' 'broadcom*' 'microchip*' 'smsc*' 'phylink*' 'phy_*' realtek 'ax88796b*' 'mdio*' 'fixed*' 'libphy*'
keep net core ipv4 ipv6 netfilter packet wireless rfkill key dns_resolver 802 8021q llc unix netlink mac80211
(cd "$to/kernel/net/netfilter" && rm -rf ipvs ipset)
(cd "$to/kernel/drivers" && rm -rf hwtracing platform crypto slimbus rpmsg interconnect android tee block/drbd \
    cdrom w1 gnss iommu soc/qcom soc/mediatek soc/rockchip pci/endpoint)
# What one that stays needs stays, too: a Pi 3's USB (dwc2) and a Pi 5's (dwc3) ask for the gadgets' core.
depmod -b "$all/usr" "$abi"
sed 's/://' "$from/modules.dep" | while read -r module needs; do
    [ -e "$to/$module" ] || continue
    for each in $needs; do [ -e "$to/$each" ] || install -D -m 644 "$from/$each" "$to/$each"; done
done
depmod -b "$out" "$abi" 2>&1 | grep -v 'needs unknown symbol' | head -n 3 || true
cp -a "$all/usr/lib/raspi-firmware/." "$CACHE/firmware/"
cp "$(find "$all" -path '*bin/busybox' | head -n 1)" "$CACHE/busybox"
rm -rf "$all"
done_with kernel
