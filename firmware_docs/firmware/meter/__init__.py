"""The meter's own thinking: modules that touch no hardware and read no clock."""
