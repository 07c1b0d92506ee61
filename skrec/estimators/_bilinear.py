"""The parameter of every model whose fields meet through learnt matrices."""

from skrec.estimators._features import FeatureModel
from skrec.estimators._parameters import one_of, parameter


class WithBilinear(FeatureModel):
    """Base of the models with a bilinear interaction."""

    _minimum_columns = 2

    bilinear_type: str = parameter(
        "interaction",
        '{"all", "each", "interaction"}',
        'Whose own a matrix W is: "all" has one, "each" one for each left column, "interaction" one for each pair.',
        one_of("all", "each", "interaction"),
    )
