"""Everything that a recipe can hold, as TOML with comments."""

MANUAL = """recipe

How a data set is curated, as a TOML file: auditkit curate TABLE --recipe RECIPE.toml --out DIR. The table is a CSV, TSV
or Parquet file, or a folder with one, of texts, or of pictures; a column of pictures holds paths from the table's own
folder. Everything is done in order, everything drawn by lot is drawn by the seed, and rows.csv says of every row why it
is there, changed, weighted or gone. This is all that one can hold:

    seed = 0
    subject = "pairs"           # what reports call it; by default the table's file
    text = "text"               # the columns of texts and of pictures
    image = "picture"
    crossed = false             # as in a plan; so are exemplars and [[annotators]]

    [roles]                     # of the audits before and after: auditkit explain plan
    group = "pronoun"           # or several: ["sex", "race"]; after, weights and shared units play roles by themselves
    context = "occupation"

    [[detectors]]               # a code and its fields: auditkit explain CODE
    [policy]                    # auditkit explain policy

    [costs]                     # what curation may cost at most, as shares of the source; told and not judged without
    rows = 0.10                 # rows that are dropped
    n_eff = 0.30                # what the rows are worth: weights, and copies that share a unit, take from it

    [about]                     # for the data card and croissant.json: what only people know
    title = "..."               # description, licence, creator, url, citation, version, collected, uses, impact
    sensitive = ["pronoun"]     # columns that are personal or sensitive

A reference says why the world looks like this (why) and who says so (source). It is a table of shares, one of such
tables for each context, or the path of a CSV with the columns that it is about and `share` (or counts). Several
columns of a context are crossed, as in { "nurse and young" = { f = 0.6, m = 0.4 } }.

    [[steps]]                   # one row of those that are the same: the first in the file is kept
    name = "deduplicate"
    by = "texts"                # rows (cell for cell), texts (MinHash over three-word shingles), pictures (thumbnails)
    columns = ["source", "target"]  # by default all, the text, or the picture
    similarity = 0.8            # of texts: the least Jaccard similarity
    distance = 0.1              # of pictures: the most, as root mean square CIELAB; recompressed small ones need 1
    repeats = "drop"            # or "keep" what is the same to the letter, and drop what is nearly so

    [[steps]]                   # rows that a test table has too, or nearly, are dropped here; after swap again
    name = "leakage"
    test = "test.csv"
    by = "texts"                # and columns, similarity, distance, as above

    [[steps]]                   # texts with their gender words swapped
    name = "swap"
    texts = ["target"]
    attributes = ["pronoun"]    # columns that name what is swapped; levels = { "M" = "F" } where they are no words
    pairs = "gender"            # English, bundled; or your own: [["engineer", "nurse"]]
    ambiguous = "guess"         # what "her" and "his" stand for: by the word that follows, or "skip" such texts
    how = "add"                 # a copy beside each row, which shares its unit; or "change" rows of too frequent levels
    column = "pronoun"          # with "change", needed: whose shares are to be met, in each context
    context = ["occupation"]
    reference = { he = 0.5, she = 0.5 }
    why = "parity is the goal that the project has set"
    source = "the project, 2026"

    [[steps]]                   # portraits of auditkit's lab, drawn again: the table says who they are
    name = "redraw"
    column = "skin"             # or length, age
    how = "add"                 # or "change", with context, reference, why, source, as above

    [[steps]]                   # pictures for which a table names another: the columns picture, counterfactual, others
    name = "counterfactuals"
    table = "counterfactuals.csv"

    [[steps]]                   # rows left out, or there again, until shares are the reference's
    name = "balance"
    column = "sex"
    context = ["occupation"]
    how = "down"                # or "up": copies share a unit
    reference = "census.csv"
    why = "the census"
    source = "the office of statistics, 2021"

    [[steps]]                   # weights to margins; post_stratify (columns, reference) meets every cell
    name = "rake"
    why = "the census"
    source = "the office of statistics, 2021"
    resample = false            # true draws rows by the weights instead, systematically
    margins = { sex = { f = 0.51, m = 0.49 }, age = "ages.csv" }

    [[steps]]                   # weights P(g)P(y)/P(g,y): group and outcome independent (Kamiran & Calders 2012)
    name = "reweigh"
    group = ["sex"]
    outcome = "hired"

    [[steps]]                   # what to collect, as topup.csv; nothing is made up
    name = "topup"
    column = "pronoun"
    context = ["occupation"]
    half_width = 0.05           # also until each share's interval (Wilson, level 0.95) is so narrow
    reference = { he = 0.5, she = 0.5 }
    why = "..."
    source = "..."

Curation does not create anybody. Weights change how much the observed count; a copy is no independent row, and shares a
unit with its origin; an audit that counts copies as rows of their own is told to be too sure.
"""
