"""Arrays in one file: an ``.npz`` without pickles, with a digest of what it holds, read with distrust."""

import hashlib
import math
import os
import struct
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from skrec._files import replacing
from skrec._text import brief, quoted, shortened

__all__ = ["BadFile", "read_arrays", "write_arrays"]

DIGEST = "digest"
_PLAIN = "iufU"  # kinds of dtype that are numbers or text
_BLOCK = 2**24  # bytes read at a time
_ENCRYPTED = 0x1
_ALIGNMENT = 64  # bytes, of each array in the file, so that it can be mapped into memory
_HEADER, _ZIP64 = 30, 20  # bytes of a member's header beside its name, and of its size in 64 bits
_PADDING = 0xD935  # zip's number for fields that align


class BadFile(ValueError):
    """What is wrong with a file, in a few words; `known` says whether it is a zip at all."""

    def __init__(self, reason, known=True):
        super().__init__(reason)
        self.known = known


def write_arrays(path, arrays):
    """Write {name: array} of numbers and text to one file, which takes the place of `path` when it is whole."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    strange = [name for name, array in arrays.items() if array.dtype.kind not in _PLAIN]
    if strange:
        raise TypeError(f"Expected arrays of numbers or text, got {arrays[strange[0]].dtype} as {quoted(strange[0])}")
    arrays[DIGEST] = np.array(digest_of(arrays))
    with replacing(path) as file, ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(_aligned(f"{name}.npy", archive.start_dir), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _aligned(name, place):
    """Return a member of a zip, to be written at `place`, whose content begins at a multiple of the alignment."""
    member = ZipInfo(name)
    short = -(place + _HEADER + len(name.encode()) + _ZIP64) % _ALIGNMENT
    if short:
        short += _ALIGNMENT if short < 6 else 0  # the field's own head
        member.extra = struct.pack("<HHH", _PADDING, short - 4, _ALIGNMENT).ljust(short, b"\0")
    return member


def read_arrays(path, mapped=()):
    """Return what `write_arrays` wrote, {name: array}; without a digest too, for who asks for it by that name.

    Nothing that the file says is believed before it is checked: no pickle is read, no more memory is taken than the
    file is long, and where there is a digest it has to agree.

    Parameters
    ----------
    path : str or path-like
    mapped : sequence of str, optional
        Arrays that are mapped into memory, not to be written, rather than read; those of a file that an older version
        wrote, or of another byte order, are read all the same.

    Raises
    ------
    BadFile
        If it is another file or a damaged one.
    OSError
        If there is no such file, or it may not be read.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise BadFile("it is no file", known=False)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(4)
        if start != b"PK\3\4":
            raise BadFile("it is empty" if not size else f"it begins with {quoted(start)}", known=False)
        try:
            arrays = _members(file, size, mapped)
        except (BadFile, MemoryError):
            raise
        except Exception as error:  # zipfile and numpy have a dozen words for damages
            raise BadFile(f"{type(error).__name__}: {shortened(error)}") from brief(error)
    if DIGEST in arrays and str(arrays[DIGEST]) != digest_of(arrays):
        raise BadFile("its digest is another")
    return arrays


def digest_of(arrays):
    """Return a text that differs where names, dtypes, shapes or values of {name: array} do."""
    state = hashlib.blake2b(digest_size=32)
    for name in sorted(arrays.keys() - {DIGEST}):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        state.update(f"{len(name)} {name} {array.dtype.str} {arrays[name].shape} ".encode())
        state.update(array.reshape(-1).view(np.uint8).data)
    return state.hexdigest()


def _members(file, size, mapped):
    with ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename.removesuffix(".npy") for member in members]
        if len(set(names)) < len(names):
            raise BadFile("it has a member twice")
        if sum(member.file_size for member in members) > size:
            raise BadFile("its members are longer than the file")
        for member in members:
            if member.compress_type != ZIP_STORED or member.flag_bits & _ENCRYPTED:
                raise BadFile(f"{member.filename} is compressed or encrypted")
        return {
            name: _read(archive, member, file if name in mapped else None)
            for name, member in zip(names, members, strict=True)
        }


def _read(archive, member, mapped):
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = header(stream)
        if dtype.kind not in _PLAIN or not dtype.itemsize or min(shape, default=0) < 0:
            raise BadFile(f"{member.filename} has {dtype} of shape {shape}")
        if math.prod(shape) * dtype.itemsize != member.file_size - stream.tell():
            raise BadFile(f"{member.filename} is not as long as it says")
        if mapped is not None and dtype.isnative and dtype.kind != "U":
            start = _content_of(mapped, member) + stream.tell()
            if start % dtype.alignment == 0:
                return np.asarray(np.memmap(mapped, dtype, "r", start, shape, "F" if fortran else "C"))
        flat = np.empty(math.prod(shape), dtype)
        memory, place = flat.view(np.uint8), 0
        while block := stream.read(_BLOCK):  # to the end, where zipfile looks at the checksum
            memory[place : place + len(block)] = np.frombuffer(block, np.uint8)
            place += len(block)
    if place != len(memory):
        raise BadFile(f"{member.filename} is cut short")
    if dtype.kind == "U" and flat.size and flat.view(dtype.byteorder + "u4").max() > 0x10FFFF:
        raise BadFile(f"{member.filename} has text that is none")
    return flat.reshape(shape, order="F" if fortran else "C").astype(dtype.newbyteorder("="), copy=False)


def _content_of(file, member):
    """Return where in a file the content of a member begins."""
    file.seek(member.header_offset + _HEADER - 4)
    n_name, n_extra = struct.unpack("<HH", file.read(4))
    return member.header_offset + _HEADER + n_name + n_extra
