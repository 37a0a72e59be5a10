#!/bin/sh
# Bring Chromium and a Chinese font for the browser tests, or name what is missing.
missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装浏览器测试所需的 $missing …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing fontconfig; } >/dev/null 2>&1
fi
command -v chromium >/dev/null 2>&1 && fc-list :lang=zh 2>/dev/null | grep -q . && exit 0
echo "浏览器测试还缺：$missing。请用系统的软件包管理器安装；缺少时这些测试会列名说明。"
[ "${CI:-}" = true ] && exit 1
exit 0
