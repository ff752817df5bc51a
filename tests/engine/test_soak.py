"""The soak in its short form: `make soak` is the long one."""

from tests.soak import soak


async def test_random_faults_lose_no_task_and_leave_no_error_unaccounted_for():
    report = await soak(seconds=16.0, rate_hz=100.0, seed=3, warm_up_s=4.0)
    assert report.problems == []
    assert report.drills.total() >= 5
    # Kernels and pools are still warming up in so short a run: a leak, not a growth, is looked for.
    assert report.growth_mb < 40
