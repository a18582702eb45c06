from sluicegate.gate.adapters.gateways.base import SeriesSelector
from sluicegate.gate.adapters.gateways.sluice import SLUICE
from sluicegate.gate.adapters.samples import Sample
from sluicegate.gate.metrics.base import REQUESTS

MODEL = SeriesSelector("m", "ns", {"env": "laptop"})


def test_its_series_are_selected_by_the_model_and_the_environments_labels():
    assert SLUICE.alive(MODEL) == 'sluice_gateway_weight{env="laptop",model="m"}'
    assert (
        SLUICE.series(MODEL, frozenset({REQUESTS}))
        == '{__name__=~"sluice_gateway_requests_total",env="laptop",model="m"}'
    )


def test_its_samples_are_taken_as_they_are_and_others_left_out():
    own = Sample(REQUESTS, {"model": "m", "track": "canary", "code": "200"}, 1)
    assert SLUICE.translate([own, Sample("up", {}, 1)], MODEL) == [own]
