"""Pages to print: label sheets, passports and monthly sheets, set by typst from templates beside this file."""
