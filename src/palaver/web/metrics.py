"""The figures of one node in Prometheus' format: gauges are counted when asked for, counters are the hub's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from palaver.transports.views import DialectView
from palaver.web.surroundings import Surroundings


class Metrics(Collector):
    """What is told of one server, in a registry of its own."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._store_latency_s = 0.0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        # Where no descriptor is left, nobody new comes in, and nothing else would tell.
        ProcessCollector(registry=self._registry)

    def scrape(self, *, store_latency_s: float) -> tuple[bytes, str]:
        """Return the figures as text, and its type."""
        self._store_latency_s = store_latency_s
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering does not count."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Count everything."""
        hub, surroundings = self._surroundings.hub, self._surroundings
        counts = hub.counts
        yield _gauge("sessions", "Sessions of this node, lost ones that may come back included.", len(hub.sessions))
        yield self._connections()
        yield _gauge("open_connections", "Connections, identified or not.", surroundings.open_connections())
        yield _gauge("rooms", "Rooms that are live.", len(hub.rooms))
        yield _gauge("seats", "Seats taken on this node.", sum(len(room.seated) for room in hub.rooms.values()))
        yield _gauge("bans", "Bans, of the server and of rooms.", len(hub.bans))
        yield _gauge("outbox_bytes", "Bytes that clients have not read yet.", surroundings.unsent_bytes())
        yield _gauge("loop_lag_seconds", "The latest a timer came since the last scrape.", counts.take_lag())
        yield _gauge("store_latency_seconds", "How long the store took for one question.", self._store_latency_s)
        if surroundings.webhooks is not None:
            waiting, failures = surroundings.webhooks.waiting, surroundings.webhooks.failures
            yield _gauge("webhooks_waiting", "Calls of the website that wait for an answer or another try.", waiting)
            yield _counter("webhook_failures", "Tries to call the website that failed.", failures)
        yield _counter("messages_posted", "Messages that were posted.", counts.posted)
        yield _counter("frames_delivered", "Events handed to connections.", hub.delivered)
        yield _counter("slow_readers_closed", "Connections closed because they read too slowly.", counts.slow)
        refusals = CounterMetricFamily("palaver_refusals", "Commands refused, by code.", labels=["code"])
        for code, count in sorted(counts.refusals.items()):
            refusals.add_metric([code], count)
        yield refusals

    def _connections(self) -> GaugeMetricFamily:
        found: Counter[tuple[str, str]] = Counter()
        for session in self._surroundings.hub.sessions:
            view = session.sink.view if session.sink is not None else None
            if isinstance(view, DialectView):
                found[view.dialect.name, view.framing] += 1
        family = GaugeMetricFamily(
            "palaver_connections", "Connections with a session.", labels=["dialect", "transport"]
        )
        for labels, count in sorted(found.items()):
            family.add_metric(labels, count)
        return family


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"palaver_{name}", about, value=value)


def _counter(name: str, about: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"palaver_{name}", about, value=value)
