from tenfold.longcontext.cost import Shape, cache_bytes, dense_step, memory_bytes, retrieval_step

SHAPE = Shape(layers=4, width=64, heads=8, kv_heads=2, head_dim=8, number_bytes=2)


def test_bytes_are_counted_number_by_number():
    keys_and_values = [(layer, head, token, x, kind) for layer in range(4) for head in range(2)
                       for token in range(3) for x in range(8) for kind in "kv"]  # fmt: skip
    assert cache_bytes(SHAPE, 3) == 2 * len(keys_and_values)
    assert memory_bytes(SHAPE, 3, layers=2) == 2 * 2 * 3 * 64


def test_multiply_adds_are_those_of_the_products_by_shape():
    def product(rows, inner, columns):
        return rows * inner * columns

    step = retrieval_step(SHAPE, window=16, stored=100, layers=3, k=5)
    heads = 3 * 8
    assert step["local"] == dense_step(SHAPE, 16) == 4 * 8 * (product(1, 8, 16) + product(1, 16, 8))
    assert step["rewrite"] == heads * product(1, 8, 64)
    assert step["search"] == heads * product(1, 64, 100)
    assert step["project"] == heads * 2 * product(5, 64, 8)
    assert step["attend"] == heads * (product(1, 8, 5) + product(1, 5, 8))
