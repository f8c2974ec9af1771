"""The same check on Apache Spark: files are cut into splits, and claims of one patient meet in a shuffle."""
