"""One job of a peer, or ours, timed in a process and an environment of its own; prints JSON.

    python benchmarks/audit_peer.py NAME REAL.parquet MADE.parquet

seconds: of the process, reading included, imports not. score: what the peer says, in its own words.
"""

import json
import resource
import sys
import time


def genloss(real, made):
    """Judge one generation by files; the word."""
    import sklearn.cluster  # noqa: F401

    from genloss.audit.answer import Audit
    from genloss.audit.files import of_files
    from genloss.audit.options import Options

    begin = time.process_time()
    found = Audit.of(of_files(real, [made], Options())[0])
    return begin, found.generations[-1].word


def sdmetrics(real, made):
    """Make the quality report."""
    import pandas as pd
    from sdmetrics.reports.single_table import QualityReport

    begin = time.process_time()
    one, other = pd.read_parquet(real), pd.read_parquet(made)
    report = QualityReport()
    report.generate(one, other, {"columns": {name: {"sdtype": "numerical"} for name in one}}, verbose=False)
    return begin, f"quality {report.get_score():.3f}"


def evidently(real, made):
    """Run the drift preset."""
    import pandas as pd
    from evidently import Dataset, Report
    from evidently.presets import DataDriftPreset

    begin = time.process_time()
    one, other = (Dataset.from_pandas(pd.read_parquet(path)) for path in (real, made))
    found = Report([DataDriftPreset()]).run(other, one).dict()
    count = next(each["value"] for each in found["metrics"] if "DriftedColumnsCount" in str(each))
    return begin, f"share of drifted columns {count['share']:.2f}"


def prdc(real, made):
    """Count precision, recall, density and coverage."""
    import pandas as pd
    from prdc import compute_prdc

    begin = time.process_time()
    one, other = (pd.read_parquet(path).to_numpy() for path in (real, made))
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        found = compute_prdc(one, other, nearest_k=5)
    return begin, ", ".join(f"{name} {value:.3f}" for name, value in found.items())


def pot(real, made):
    """Measure the sliced distance, 50 directions."""
    import ot
    import pandas as pd

    begin = time.process_time()
    one, other = (pd.read_parquet(path).to_numpy() for path in (real, made))
    return begin, f"sliced distance {float(ot.sliced_wasserstein_distance(one, other, seed=0)):.4f}"


JOBS = {each.__name__: each for each in (genloss, sdmetrics, evidently, prdc, pot)}

if __name__ == "__main__":
    name, *paths = sys.argv[1:]
    begin, score = JOBS[name](*paths)
    taken = time.process_time() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": taken, "score": score, "bytes": most}))
