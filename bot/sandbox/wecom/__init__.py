"""WeCom as its papers describe it: API, callbacks, group robots and web sign-in."""
