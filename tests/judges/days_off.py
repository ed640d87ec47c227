"""Tells the Swedish public holidays, and the eves that count as such for deadlines, as the package holidays knows them.

Usage: days_off.py FIRST_YEAR LAST_YEAR

Prints one line for each such day, in order:
    DAY<tab>holiday|eve<tab>names in Swedish, in lower case, joined with ;
Ordinary Sundays are left out.
"""

import sys

import holidays


def main():
    first, last = (int(argument) for argument in sys.argv[1:])
    years = range(first, last + 1)
    # De facto are the eves of SFS 1977:480 7 §, the same three as those of SFS 1930:173 2 §.
    kinds = {"holiday": holidays.PUBLIC, "eve": holidays.DE_FACTO}
    lines = [
        (day, kind, names.lower())
        for kind, category in kinds.items()
        for day, names in holidays.Sweden(years=years, categories=(category,), language="sv").items()
    ]
    for day, kind, names in sorted(lines):
        print(day.isoformat(), kind, names, sep="\t")


if __name__ == "__main__":
    main()
