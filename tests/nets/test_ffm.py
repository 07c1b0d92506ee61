import pytest
import torch

from skrec import _memory as memory
from skrec.nets import FFM, FM, Fields
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    randomize,
    read_out,
)


def literal_ffm(net, inputs, width):
    """b + sum_i w_i x_i + sum_{i<j} <v_{i,f_j}, v_{j,f_i}> x_i x_j."""

    def formula(b, c):
        v = field_vectors(net.embedding, inputs, b)
        pairs = [
            sum(v[i][j * width + d] * v[j][i * width + d] for j in range(len(v)) for i in range(j))
            for d in range(width)
        ]
        return net.bias[c] + linear_part(net.embedding, v, c) + read_out(net.project, pairs, c)

    return formula


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net, inputs = randomize(FFM(fields, n_outputs, embedding_dim=3)), make_inputs(fields)
    assert_is_literal(net, literal_ffm(net, inputs, 3), inputs, n_outputs)


def test_with_the_same_vector_against_every_field_it_is_an_fm():
    fields = mixed_fields()
    fm, ffm, inputs = randomize(FM(fields, embedding_dim=3)), FFM(fields, embedding_dim=3).double(), make_inputs(fields)
    with torch.no_grad():
        for name, own in ffm.embedding.named_parameters():
            theirs = fm.embedding.get_parameter(name)
            own.copy_(torch.cat([theirs[:, :3].repeat(1, len(fields)), theirs[:, 3:]], 1))
        ffm.bias.copy_(fm.bias)
    torch.testing.assert_close(ffm(inputs), fm(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FFM(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_one_field_is_refused():
    with pytest.raises(ValueError, match="FFM needs at least two fields to interact, got 1; use LR"):
        FFM(Fields(categorical=(0,), vocabulary_sizes=(4,)))


def test_what_cannot_fit_is_refused_before_it_is_allocated(monkeypatch):
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(10**9, 10**9))
    monkeypatch.setattr(memory, "available_memory", lambda: 2**30)
    # 2e9 rows of 2 * 4 + 1 numbers, 4 bytes each, three times: 201 GiB
    message = (
        "Expected an FFM of 2000000000 values, 2 fields and embedding_dim=4 to fit into the memory available, 1 GiB, "
        "got 201 GiB of weights and moments; lower embedding_dim"
    )
    with pytest.raises(MemoryError, match=message):
        FFM(fields, embedding_dim=4)


def test_what_just_fits_is_built(monkeypatch):
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(10, 10), n_numeric=1)
    needed = 21 * (3 * 4 + 1) * 4 * 3
    monkeypatch.setattr(memory, "available_memory", lambda: needed)
    FFM(fields, embedding_dim=4)
    monkeypatch.setattr(memory, "available_memory", lambda: needed - 1)
    with pytest.raises(MemoryError):
        FFM(fields, embedding_dim=4)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"meminfo": "MemTotal: 9 kB\nMemAvailable:    5 kB\n", "memory.max": "max\n"}, 5 * 1024),
        ({"meminfo": "MemTotal: 9 kB\nMemAvailable:    5 kB\n", "memory.max": "4096\n"}, 4096),
        ({"meminfo": "MemTotal: 9 kB\n"}, float("inf")),
        ({}, float("inf")),
    ],
)
def test_memory_available_is_what_linux_says(files, expected, monkeypatch, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory, "Path", lambda path: tmp_path / path.rsplit("/", 1)[1])
    assert memory.available_memory() == expected


def test_some_memory_of_this_machine_is_available():
    assert memory.available_memory() > 2**20
