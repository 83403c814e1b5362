"""Reads every row of a Parquet file as one would with pyarrow: row group by row group, each row as a dict."""
import json
import resource
import sys
import time

import pyarrow
import pyarrow.parquet as parquet

began = time.perf_counter()
rows = 0
file = parquet.ParquetFile(sys.argv[1])
for group in range(file.num_row_groups):
    for row in file.read_row_group(group).to_pylist():
        rows += 1 if row["image"]["bytes"] else 0
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": rows, "seconds": seconds, "peak": peak, "version": pyarrow.__version__}))
