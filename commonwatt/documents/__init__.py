"""Pages to print: label sheets and passports, set by typst from templates beside this file."""
