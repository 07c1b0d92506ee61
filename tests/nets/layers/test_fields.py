from skrec.nets.layers import Fields, NumericEmbedding

FIELDS = Fields(categorical=(0, 2, 0), vocabulary_sizes=(4, 3, 5), sequences=(1,), n_numeric=2)


def test_every_column_is_a_field():
    assert len(FIELDS) == 3 + 1 + 2
    assert len(Fields(categorical=(), vocabulary_sizes=())) == 0


def test_vocabularies_lie_one_behind_the_other():
    assert FIELDS.starts == [0, 4, 7]


def test_numbers_are_plain_unless_they_are_embedded():
    assert FIELDS.n_plain == 2
    assert Fields((0,), (4,), n_numeric=2, numeric_embedding=NumericEmbedding("linear")).n_plain == 0
