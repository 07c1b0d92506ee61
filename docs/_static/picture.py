"""Draw README's picture, speed.png, of the table in docs/guide/speed.md: rows a second, and the AUC that they buy.

python docs/_static/picture.py
"""

import re
from pathlib import Path

import matplotlib.pyplot as plt

HERE = Path(__file__).parent
OURS, THEIRS = "#0b6e99", "#b8bec4"

text = (HERE.parent / "guide" / "speed.md").read_text(encoding="utf-8")
rows = re.findall(r"^\| (.+?) \| ([\d,]+) \| (0\.\d+) \|$", text, re.MULTILINE)
names = [name.replace("`", "").replace(" as tutorials have it", ", as tutorials have it") for name, _, _ in rows]
speed = [int(rate.replace(",", "")) for _, rate, _ in rows]
colours = [OURS if "Classifier" in name else THEIRS for name in names]

figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
bars = ax.barh(names, speed, color=colours, height=0.62)
labels = [f"{rate:,} rows a second, AUC {auc[1:]}" for rate, (_, _, auc) in zip(speed, rows, strict=True)]
ax.bar_label(bars, labels, padding=4, fontsize=9)
ax.set_xlim(0, max(speed) * 1.75)
ax.invert_yaxis()
ax.xaxis.set_visible(False)
ax.spines[["top", "right", "bottom", "left"]].set_visible(False)
ax.tick_params(left=False)
figure.savefig(HERE / "speed.png", dpi=120)
