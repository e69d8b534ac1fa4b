"""What the hub needs from others, a module for each of those who keep the promises.

`stores` is kept by `storage`, `nodes` by `cluster`, `integrations` by the package of that name, `sinks` by `transports`,
`operations` by `app`, and `clock` by `hub.clock`.

A port on the fast path is a plain synchronous method. A method that may wait returns an awaitable that is already under
way (a future or task of the adapter's own), because the hub runs a handler up to its first wait without a task.
"""
