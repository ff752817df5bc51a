"""The sums of the earlier systems S2a, S2b and S3, each with what is wrong with it."""

from models.fees_at_arrival import FeesAtArrival
from models.impact.aegis import AegisImpact
from models.impact.seed2a import Seed2aImpact
from models.impact.seed2b import Seed2bImpact
from models.recipe import Recipe
from models.slippage.aegis import AegisSlippage
from models.slippage.seed2a import Seed2aSlippage
from models.slippage.seed2b import Seed2bSlippage

EARLIER_SYSTEMS = (
    Recipe(
        name="seed2a",
        label="Earlier system S2a",
        adds=(Seed2aSlippage, FeesAtArrival, Seed2aImpact),
        warning=(
            "S2a's sum charges the same liquidity twice: impact is added to a walk. Its floor "
            "grows without bound (50 % at 100,000), its lasting impact is a root of size."
        ),
    ),
    Recipe(
        name="seed2b",
        label="Earlier system S2b",
        adds=(Seed2bSlippage, FeesAtArrival, Seed2bImpact),
        warning=(
            "S2b's sum mixes units: slippage never looks at the book and is a percentage of one "
            "coin, impact takes roots of money and divides them by the price. It adds both. A coin "
            "split into ten costs another amount, and so does another unit of price or of size."
        ),
    ),
    Recipe(
        name="aegis",
        label="Earlier system S3, Aegis",
        adds=(AegisSlippage, FeesAtArrival, AegisImpact),
        warning=(
            "Aegis's sum leaves out the half-spread, so a tiny order slips nothing; it adds impact "
            "to a walk that already holds it, and divides that impact by 100 as if it were a "
            "percentage."
        ),
    ),
)
