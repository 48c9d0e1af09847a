// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the Raspberry Pi's firmware is asked and no driver of the mainline kernel asks it: to start tryboot.txt in place of
 * config.txt once, and whether the power supply has let the voltage drop. Two files in /sys/kernel/dyzurka_firmware.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/sysfs.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

#define GET_REBOOT_FLAGS 0x00030064
#define SET_REBOOT_FLAGS 0x00038064
#define TRYBOOT 1u

static struct rpi_firmware *firmware;
static struct kobject *folder;

static ssize_t tryboot_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u32 flags = 0;
	int failed = rpi_firmware_property(firmware, GET_REBOOT_FLAGS, &flags, sizeof(flags));

	return failed ? failed : sysfs_emit(buf, "%u\n", flags & TRYBOOT);
}

static ssize_t tryboot_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf, size_t count)
{
	bool wanted;
	u32 flags;
	int failed = kstrtobool(buf, &wanted);

	if (failed)
		return failed;
	flags = wanted ? TRYBOOT : 0;
	failed = rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags));
	return failed ? failed : count;
}

static ssize_t throttled_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u32 flags = 0;
	int failed = rpi_firmware_property(firmware, RPI_FIRMWARE_GET_THROTTLED, &flags, sizeof(flags));

	return failed ? failed : sysfs_emit(buf, "%#x\n", flags);
}

static struct kobj_attribute tryboot = __ATTR(tryboot, 0600, tryboot_show, tryboot_store);
static struct kobj_attribute throttled = __ATTR(throttled, 0444, throttled_show, NULL);
static struct attribute *files[] = { &tryboot.attr, &throttled.attr, NULL };
static const struct attribute_group group = { .attrs = files };

static int __init begin(void)
{
	struct device_node *node = rpi_firmware_find_node();
	int failed = -ENOMEM;

	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	if (!firmware)
		return -ENODEV;
	folder = kobject_create_and_add("dyzurka_firmware", kernel_kobj);
	if (folder)
		failed = sysfs_create_group(folder, &group);
	if (failed) {
		kobject_put(folder);
		rpi_firmware_put(firmware);
	}
	return failed;
}

static void __exit end(void)
{
	kobject_put(folder);
	rpi_firmware_put(firmware);
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Raspberry Pi firmware: tryboot once, power supply");
MODULE_ALIAS("of:N*T*Craspberrypi,bcm2835-firmware");
MODULE_ALIAS("of:N*T*Craspberrypi,bcm2835-firmwareC*");
