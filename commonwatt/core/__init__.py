"""The numeric core: arrays in, arrays or frozen records out; no clock, no files, no words."""
