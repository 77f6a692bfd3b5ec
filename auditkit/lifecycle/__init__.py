"""The loop that an audit stands in: discover, curate, tune, mitigate, prompt, monitor; lineage tells them as one chain.

Each phase takes things by their content, writes what it made with what it did (`step.json`), sealed for `verify`, and
tells the audit before and after. A phase that was stopped goes on; one that is asked for the same work again does
nothing.
"""
