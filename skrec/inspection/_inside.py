"""The model inside of what users wrap around it."""


def inside(estimator, is_wanted):
    """Return the first one that is wanted: this one, the last step of a pipeline, what a search chose.

    Returns
    -------
    inner : object
        Where none is wanted, that which has nothing inside.
    before : list of Pipeline
        What comes before it in pipelines, the outermost first.
    """
    inner, before = estimator, []
    while not is_wanted(inner):
        if getattr(inner, "steps", None):
            before.append(inner[:-1])
            inner = inner.steps[-1][1]
        elif (found := getattr(inner, "best_estimator_", getattr(inner, "estimator_", None))) is not None:
            inner = found
        else:
            break
    return inner, [steps for steps in before if len(steps)]
