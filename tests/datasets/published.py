"""Miniatures in the published format, written by the tests; no published row is among them."""

from zipfile import ZipFile

GENRES = ["unknown", "Action", "Comedy"]
RATINGS = [(1, 10, 5, 881250949), (2, 10, 3, 891717742), (1, 30, 1, 878887116), (3, 20, 4, 880606923)]
MOVIES_100K = [
    (10, "Amélie (1994)", "01-Jan-1994", (0, 0, 1)),
    (20, "unknown", "", (1, 0, 0)),
    (30, "Two (1971)", "4-Feb-1971", (0, 1, 1)),
]


def files_100k():
    """Return {name: bytes} of a MovieLens 100k of four ratings."""
    lines = ["\t".join(map(str, row)) for row in RATINGS]
    movies = [f"{i}|{title}|{date}||http://x/{i}|{'|'.join(map(str, flags))}" for i, title, date, flags in MOVIES_100K]
    texts = {
        "u.data": lines,
        "u.user": ["1|24|M|technician|85711", "2|53|F|other|T8H1N", "3|33|F|writer|00000"],
        "u.genre": [f"{name}|{i}" for i, name in enumerate(GENRES)],
        "u.item": movies,
        "ua.base": [lines[2], lines[0]],
        "ua.test": [lines[1], lines[3]],
        "u1.base": lines[:3],
        "u1.test": lines[3:],
    }
    return {name: ("\n".join(text) + "\n").encode("latin-1") for name, text in texts.items()}


def files_1m():
    """Return {name: bytes} of a MovieLens 1M of four ratings."""
    texts = {
        "ratings.dat": ["::".join(map(str, row)) for row in RATINGS],
        "users.dat": ["1::F::1::10::48067", "2::M::56::16::70072", "3::M::25::15::55117"],
        "movies.dat": ["10::Amélie (1994)::Comedy", "20::Bare::Action|Comedy", "30::Two (1971)::Drama"],
    }
    return {name: ("\n".join(text) + "\n").encode("latin-1") for name, text in texts.items()}


def write_folder(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def write_zip(path, top, files):
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{top}/{name}", content)
    return path
