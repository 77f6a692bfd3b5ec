"""The lab: worlds whose bias is known because it was put there, and published tables whose figures are known.

`lab.stories` holds the textbook examples, one file each, with a dose from 0 (fair) to 1 (as told); `lab.tables` holds
real published counts. Both give tables to audit and the true answer to compare with. Importing them loads only numpy.
"""
