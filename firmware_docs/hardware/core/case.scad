// The case of every head: a tray for the breadboard with the board on it, and a lid that clips in.
// SPDX-License-Identifier: CERN-OHL-S-2.0
// to_verify: nobody has printed this yet. All lengths in millimetres; print both parts as they lie, without supports.

part = "both";        // "tray", "lid" or "both"

board = [47, 35];     // the mini breadboard of 170 points
height = 26;          // breadboard, pins, board and the bend of a jumper wire
wall = 2;
gap = 0.6;            // all around the breadboard, and twice what a printer strays
usb = [14, 9];        // the plug of the cable, over the breadboard
usb_z = 10;           // where the plug begins: the breadboard and the board's pins
lead = 6.5;           // the cable of the head, held by a tie inside
lamp = 5.4;           // a classic LED of 5 mm
lip = 4;              // how deep the lid reaches into the tray
clip = 0.8;           // how far its ridge stands out

inner = [board.x + 2 * gap, board.y + 2 * gap];
outer = [inner.x + 2 * wall, inner.y + 2 * wall];
ridge_z = wall + height - lip / 2;
$fn = 48;

module rounded(size, radius, thick) {
  linear_extrude(thick)
    offset(radius) offset(delta = -radius) square(size);
}

module ridges(grow) {
  for (x = [wall - clip - grow, outer.x - wall - grow])
    translate([x, outer.y / 2 - 8 - grow, 0])
      cube([clip + 2 * grow, 16 + 2 * grow, 1 + 2 * grow]);
}

module tray() {
  difference() {
    rounded(outer, 3, wall + height);
    translate([wall, wall, wall]) rounded(inner, 1, height + 1);
    // the USB plug, on a short side
    translate([-1, (outer.y - usb.x) / 2, wall + usb_z]) cube([wall + 2, usb.x, usb.y]);
    // the head's lead, on the other
    translate([outer.x - wall - 1, outer.y / 2, wall + lead / 2 + 2])
      rotate([0, 90, 0]) cylinder(d = lead, h = wall + 2);
    translate([0, 0, ridge_z - 0.5]) ridges(0.15);
  }
}

module lid() {
  reach = [inner.x - gap, inner.y - gap];
  rim = 1.2;
  difference() {
    union() {
      rounded(outer, 3, wall);
      translate([wall + gap / 2, wall + gap / 2, wall - 0.01])
        difference() {
          rounded(reach, 1, lip);
          translate([rim, rim, -1]) rounded([reach.x - 2 * rim, reach.y - 2 * rim], 0.5, lip + 2);
        }
      for (x = [wall + gap / 2 - clip, outer.x - wall - gap / 2 - 0.1])
        translate([x, outer.y / 2 - 7.5, wall + lip / 2 - 0.5]) cube([clip + 0.1, 15, 1]);
    }
    // the lamp looks out, away from both leads
    translate([outer.x / 2, outer.y / 4, -1]) cylinder(d = lamp, h = wall + 2);
  }
}

if (part != "lid") tray();
if (part != "tray") translate([part == "both" ? outer.x + 8 : 0, 0, 0]) lid();
