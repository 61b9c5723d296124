"""Pages to print: labels, passports, monthly sheets and landlords' reports, set by typst from templates beside this file."""
