"""From frames and datasets to codes: roles, vocabularies, scales, and what is learnt of rows that come in chunks."""

from skrec.data._chunk import Chunk
from skrec.data._column_names import by_name, check_there, having
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE, is_enum, is_missing, role_of
from skrec.data._containers import arrays, as_pandas, as_series, is_dataset, is_frame, select
from skrec.data._crosses import Cross
from skrec.data._distinct import factorize, inferred
from skrec.data._encoded_dataset import EncodedDataset
from skrec.data._equal import check_equal, example, is_all_text
from skrec.data._growth import grown
from skrec.data._hints import CONSIDERED, warn_of_ids, warn_of_texts
from skrec.data._list_cells import tokens, weighted_tokens
from skrec.data._moments import LARGEST, at_least, exponent_of
from skrec.data._packed import PackedIndex, packed, unpacked
from skrec.data._packed_frame import PackedFrame, packed_frame, unpacked_frame
from skrec.data._packed_tokens import PackedTokens
from skrec.data._parts import join_chunks, part_of
from skrec.data._positive_label import warn_of_positive
from skrec.data._roles import check_cells, column_of, learn_roles, warn_of_moved, warn_of_strangers
from skrec.data._row_groups import RowGroups
from skrec.data._sample_survey import SampleSurvey
from skrec.data._schema import Field, Ragged, Schema, Table
from skrec.data._several_targets import Targets, are_there, name_of, naming_target, plain_column, side_by_side
from skrec.data._source import open_features, open_source, raw_rows, refuse_datasets
from skrec.data._split import shuffled, stratified
from skrec.data._stray_targets import warn_of_strays
from skrec.data._survey import Survey
from skrec.data._tables import frame_of, refuse_columns, refuse_lazy
from skrec.data._target_survey import ChainSurvey, LabelSurvey, NumberSurvey, TargetsSurvey
from skrec.data._targets import SQUARES, Classes, Numbers, distinct_labels
from skrec.data._times import check_same_kind, moment_after, read_times
from skrec.data._value_counts import ValueCounts
from skrec.data._vocabulary import FEW_ROWS, UNKNOWN, Vocabulary, positions, sorting
from skrec.data._vocabulary_survey import VocabularySurvey
from skrec.data._weights import even_exponent, normalized, scaled
from skrec.data._whole_sequences import is_whole, last_apart, warn_of_cut

__all__ = [
    "CATEGORICAL",
    "CONSIDERED",
    "FEW_ROWS",
    "LARGEST",
    "NUMERIC",
    "SEQUENCE",
    "SQUARES",
    "UNKNOWN",
    "ChainSurvey",
    "Chunk",
    "Classes",
    "Cross",
    "EncodedDataset",
    "Field",
    "LabelSurvey",
    "NumberSurvey",
    "Numbers",
    "PackedFrame",
    "PackedIndex",
    "PackedTokens",
    "Ragged",
    "RowGroups",
    "SampleSurvey",
    "Schema",
    "Survey",
    "Table",
    "Targets",
    "TargetsSurvey",
    "ValueCounts",
    "Vocabulary",
    "VocabularySurvey",
    "are_there",
    "arrays",
    "as_pandas",
    "as_series",
    "at_least",
    "by_name",
    "check_cells",
    "check_equal",
    "check_same_kind",
    "check_there",
    "column_of",
    "distinct_labels",
    "even_exponent",
    "example",
    "exponent_of",
    "factorize",
    "frame_of",
    "grown",
    "having",
    "inferred",
    "is_all_text",
    "is_dataset",
    "is_enum",
    "is_frame",
    "is_missing",
    "is_whole",
    "join_chunks",
    "last_apart",
    "learn_roles",
    "moment_after",
    "name_of",
    "naming_target",
    "normalized",
    "open_features",
    "open_source",
    "packed",
    "packed_frame",
    "part_of",
    "plain_column",
    "positions",
    "raw_rows",
    "read_times",
    "refuse_columns",
    "refuse_datasets",
    "refuse_lazy",
    "role_of",
    "scaled",
    "select",
    "shuffled",
    "side_by_side",
    "sorting",
    "stratified",
    "tokens",
    "unpacked",
    "unpacked_frame",
    "warn_of_cut",
    "warn_of_ids",
    "warn_of_moved",
    "warn_of_positive",
    "warn_of_strangers",
    "warn_of_strays",
    "warn_of_texts",
    "weighted_tokens",
]
