"""Vector retrieval in the attention of decoder-only models (Unlimiformer).

`KnnAttention` wraps a Hugging Face decoder, `KnnSettings` says what it retrieves and how, `HiddenStateIndex`
searches the states of one layer and text.
"""

from tenfold.longcontext.hugging_face import UnsupportedArchitecture
from tenfold.longcontext.index import EmptyIndex, HiddenStateIndex, IndexFull
from tenfold.longcontext.index_files import DamagedIndex, load_index, save_index
from tenfold.longcontext.knn_attention import KnnAttention, MemoryBudgetExceeded
from tenfold.longcontext.settings import KnnSettings

__all__ = [
    "DamagedIndex",
    "EmptyIndex",
    "HiddenStateIndex",
    "IndexFull",
    "KnnAttention",
    "KnnSettings",
    "MemoryBudgetExceeded",
    "UnsupportedArchitecture",
    "load_index",
    "save_index",
]
