"""Which steps of a pipeline can be written into a graph, and what they make of raw columns."""

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, TargetEncoder

from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.export._arithmetic import Fill, Missing
from skrec.export._by_value import by_value
from skrec.export._columns import Frame, Kept, Raw, refused
from skrec.export._hashed import hashed
from skrec.export._lists import Cut, History
from skrec.export._transformers import TRANSFORMERS
from skrec.preprocessing import CategoryEncoder, HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder

_NOTHING = (None, "passthrough")
_NOT_BY_VALUE = ("HashingEncoder", "MultiHotEncoder", "RankHotEncoder", "GLMMEncoder")  # of category_encoders


class Written:
    """The steps before an estimator, as columns.

    Parameters
    ----------
    notes : dict
        Gets what else a reader of rows has to know: ``"text"`` of lists that come as text.
    """

    def __init__(self, notes):
        self.notes = notes

    def after(self, step, frame, name):
        """Return the Frame behind a fitted step called `name`."""
        if step in _NOTHING or (type(step) is FunctionTransformer and step.func is None):
            return frame
        if isinstance(step, Pipeline):
            for part, inside in step.steps:
                frame = self.after(inside, frame, part)
            return frame
        columns = self._of(step, frame, name)
        if isinstance(columns, list):
            columns = dict(zip(step.get_feature_names_out(), columns, strict=True))
        return Frame(columns)

    def _of(self, step, frame, name):
        """Return the columns of a step by their names, or in the order of its output."""
        kind = type(step)
        if kind is ColumnTransformer:
            return self._parts(step, frame)
        if kind is FeatureUnion:
            frame = Frame(frame.seen_by(step)) if frame.columns is None else frame
            parts = [self._part(part, frame, name) for name, part in step.transformer_list if part != "drop"]
            return [column for part in parts for column in part]
        if kind in TRANSFORMERS:
            return TRANSFORMERS[kind](step, frame.seen_by(step))
        own = _OURS.get(kind)
        if own is None:
            raise refused(f"the step {quoted(name)}, {kind.__name__}", "run it before what is exported")
        return own(self, step, frame.seen_by(step))

    def _parts(self, step, frame):
        names, out = list(frame.seen_by(step)), []
        for name, part, _ in step.transformers_:
            if part != "drop":
                of = [names[place] for place in step._transformer_to_input_indices[name]]
                out += self._part(part, Frame({name: frame.column(name) for name in of}), name)
        return out

    def _part(self, part, frame, name):
        return list(self.after(part, frame, name).columns.values())

    def _categories(self, step, columns):
        return {name: Kept(columns[name], kept) for name, kept in zip(columns, step.categories_, strict=True)}

    def _hashes(self, step, columns):
        return hashed(step, columns)

    def _sequences(self, step, columns):
        out = {}
        for (name, column), vocabulary in zip(columns.items(), step._vocabularies, strict=True):
            if name not in step._shared.values():
                if isinstance(column, Raw):
                    whole = vocabulary.values.dtype.kind in "iu"
                    self.notes.setdefault("text", {})[column.name] = [step.text_format, step.separator, whole]
                if step.max_length is not None:
                    column = Cut(column, step.max_length, step.truncation_side == "left")
            out[name] = Kept(column, vocabulary.values)
        return out

    def _histories(self, step, columns):
        user, time = columns[step._user], columns[step._time]
        return columns | {f"hist_{name}": History(user, time, step, i) for i, name in enumerate(step.columns_)}

    def _table(self, step, columns):
        out = []
        categories = {name: columns[name] for name in step.roles_[CATEGORICAL]}
        if categories:
            out += self._part(step.categorical_encoder_, Frame(categories), "categorical_encoder")
        numbers = {name: columns[name].number() for name in step.roles_[NUMERIC]}
        if numbers:
            imputer = step.imputer_
            pairs = zip(numbers.items(), imputer.statistics_, strict=True)
            filled = {name: number.then(Fill(float(value))) for (name, number), value in pairs}
            out += self._part(step.numeric_transformer_, Frame(filled), "numeric_transformer")
            given = list(numbers.values())
            out += [given[place].then(Missing()) for place in imputer.indicator_.features_]
        out += [columns[name] for name in step.roles_[SEQUENCE]]
        if step.statistics_ is not None:
            out += self._statistics(step, categories)
        return out

    def _statistics(self, step, categories):
        encoder, known = step.statistics_, step.categorical_encoder_
        kind = type(encoder)
        ours = kind.__module__.startswith("category_encoders.") and kind.__name__ not in _NOT_BY_VALUE
        if not ours and kind is not TargetEncoder:
            raise refused(f"statistics={kind.__name__}", "leave them out, or run them before what is exported")
        if type(known) is not CategoryEncoder:
            remedy = "use CategoryEncoder, whose values are known"
            raise refused(f"statistics beside categorical_encoder={type(known).__name__}", remedy)
        values = [kept.append(rare) for kept, rare in zip(known.categories_, known.infrequent_categories_, strict=True)]
        return by_value(step._statistics.transform, categories, values, f"statistics={kind.__name__}")


_OURS = {
    CategoryEncoder: Written._categories,
    HashEncoder: Written._hashes,
    SequenceEncoder: Written._sequences,
    HistoryEncoder: Written._histories,
    TableEncoder: Written._table,
}


def split_pipeline(model, notes):
    """Return the Frame before the last step, and that step; `notes` gets what a reader of rows has to know."""
    if not isinstance(model, Pipeline):
        return Frame(), model
    *steps, (_, estimator) = model.steps
    written, frame = Written(notes), Frame()
    for name, step in steps:
        frame = written.after(step, frame, name)
    return frame, estimator
