import torch

from skrec.nets import NeuMF, TwoTower
from skrec.nets.layers import MLPSpec, Side
from skrec.nets.layers._size import Size, dense_matrices, embedding_tables
from tests.nets.literal import mixed_fields, user_and_item


def two_tower():
    return TwoTower(mixed_fields(), user=Side((1,), (0,)), item=Side((0,)), embedding_dim=3, mlp=MLPSpec((4,)))


def test_of_a_net_with_one_table_and_with_two():
    net = two_tower()
    dense = 6 * 4 + 4 + 3 * 4 + 4 + 2  # two towers, temperature and bias
    assert Size.of(net) == (12 * 3, dense, 6 * 3 + 4 + 4)
    assert Size.of(NeuMF(user_and_item(), embedding_dim=3)).tables == 2 * 9 * 3


def test_nothing_is_allocated_for_it():
    with torch.device("meta"):
        net = two_tower()
    assert Size.of(net) == Size.of(two_tower())


def test_parameters_are_tables_matrices_or_vectors():
    net = two_tower()
    assert [id(table) for table in embedding_tables(net)] == [id(net.embedding.table)]
    assert [id(p) for p in dense_matrices(net)] == [id(tower.mlp[0].weight) for tower in (net.user, net.item)]
