"""The matrix as a picture: `chart.of(matrix)` says what is in it, `svg.draw` and `mermaid.write` put it down."""
