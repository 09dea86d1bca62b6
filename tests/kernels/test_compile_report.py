import pytest

from tenfold.kernels.compile_report import compile_report
from tenfold.kernels.triton_compile import amd_resources, innermost_loops, matrix_instructions

PTX = """
$L__BB0_1:
    wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 outer;
$L__BB0_2:
    add.s32 %r1, %r1, 1;
    @%p1 bra $L__BB0_2;
$L__BB0_3:
    wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 first;
    @%p9 wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 second;
    @%p2 bra $L__BB0_3;
    bra.uni $L__BB0_5;
    @%p3 bra $L__BB0_1;
$L__BB0_5:
    ret;
"""
AMD = """
.LBB0_1:
    v_mfma_f32_32x32x8_f16 a[0:15], v[0:1], v[2:3], 0
    s_cbranch_scc1 .LBB0_1
    .private_segment_fixed_size: 12
    .vgpr_count:     328
"""


def test_three_kernels_of_bfloat16_compile_for_sm_90_and_hardly_spill():
    report = compile_report(targets=["sm_90"], head_dims=[128], dtypes=["bfloat16"])
    assert report.kernel.tolist() == ["forward", "dq", "dkv"]
    assert report.registers.between(32, 255).all()
    assert report.spill_bytes[0] <= 16  # the fastest forward shape measured spills this much
    assert (report.spill_bytes[1:] == 0).all()
    assert report.shared_bytes.between(1, 227 * 1024).all()
    assert (report.matrix_instruction == "wgmma.mma_async").all()
    assert (report.in_inner_loop > 0).all()


def test_full_precision_has_no_matrix_instruction():
    (row,) = compile_report("forward", ["sm_80"], head_dims=[16], dtypes=["float32"]).itertuples()
    assert (row.matrix_instruction, row.in_inner_loop) == ("none", 0)


def test_only_the_innermost_loop_counts():
    assert [body.count("wgmma") for body in innermost_loops(PTX)] == [0, 2]
    assert matrix_instructions(PTX) == ("wgmma.mma_async", 2)


def test_amd_assembly_is_read():
    assert matrix_instructions(AMD) == ("v_mfma", 1)
    assert amd_resources(AMD) == {"registers": 328, "spill_bytes": 12}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(kernel="decode"), "kernel holds 'decode': allowed are forward, dq, dkv"),
        (dict(targets=["sm_75"]), "targets holds 'sm_75': allowed are sm_80"),
        (dict(dtypes=["float64"]), "dtypes holds 'float64'"),
        (dict(head_dims=[512]), "head_dims holds 512: the kernels take 16 to 256"),
        (dict(block=24), "block is 24: a power of two"),
    ],
    ids=["kernel", "target", "dtype", "head_dim", "block"],
)
def test_what_cannot_be_compiled_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        compile_report(**arguments)
