"""When should a volatility measured on ticks be questioned?

    warn where  realised variance / two-scale variance > 2,  or fewer than 30 returns

Source: Zhang, Mykland & Ait-Sahalia 2005: on every tick the realised variance is the true one plus
2 n times the variance of the noise; above a ratio of 2 more than half of it is flicker.
Example: ratio 3, 500 returns: warned; ratio 1.2, 500 returns: not.
"""

NOISY = 2.0
FEW = 30


def noise_warning(ratio: float | None, returns: int) -> str | None:
    """A sentence for the user, or None. `ratio` as TwoScaleVolatility.noise_ratio gives it."""
    if returns < FEW:
        return f"The volatility stands on {returns} returns; {FEW} are the least."
    if ratio is None:
        return "Flicker of the mid hides its volatility."
    if ratio > NOISY:
        return f"Ticks overstate the variance {ratio:.1f} times: most of it is flicker."
    return None
