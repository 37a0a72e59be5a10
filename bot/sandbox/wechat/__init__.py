"""An emulated official account of WeChat: its callback with passive replies, and a few calls.

As WeCom's it is strict: signatures over the query and the cipher text, tokens that end, error
codes, three deliveries of one message, replies within five seconds, 48 hours for what is sent
afterwards. Its phones are those of WeChat users, called ``userid@wechat`` where they have others.
"""
