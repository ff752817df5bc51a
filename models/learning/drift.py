"""Have the errors of a model grown for good?

    m_t = m_{t-1} + (x_t - mean_t - DELTA)         alarm when m_t - min m > LAMBDA, then start anew

x        error of a block, in units of the mean error so far, at most CAP      mean_t   mean of x
DELTA    growth that is let pass: 30 %        LAMBDA   some 20 blocks of doubled errors
CAP      one wild block is no drift
Source: Page 1954, Hinkley 1971; in the form of Gama et al. 2014 (survey on concept drift), 3.2.
Wrong when: errors are cyclic with a period longer than the memory.
Example: x = 1 for a while, then 3: each block adds about 1.7 and the alarm comes with the eighth.
"""

DELTA = 0.3
LAMBDA = 12.0
CAP = 3.0
LEAST = 20


class PageHinkley:
    """Watches one series of positive errors."""

    def __init__(self) -> None:
        self.alarms = 0
        self._n = 0
        self._mean_error = self._mean = self._sum = self._least = 0.0

    def update(self, error: float) -> bool:
        """Take one; True when it raises the alarm."""
        self._n += 1
        self._mean_error += (error - self._mean_error) / self._n
        x = min(CAP, error / self._mean_error) if self._mean_error > 0 else 1.0
        self._mean += (x - self._mean) / self._n
        self._sum += x - self._mean - DELTA
        self._least = min(self._least, self._sum)
        if self._n >= LEAST and self._sum - self._least > LAMBDA:
            self.alarms += 1
            self._reset()
            return True
        return False

    def _reset(self) -> None:
        self._n = 0
        self._mean_error = self._mean = self._sum = self._least = 0.0
