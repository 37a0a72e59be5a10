// Charts of a bulletin, drawn from its tables. Without it the tables stand alone and say the same.
"use strict";

(() => {
  const read = (table) =>
    Array.from(table.tBodies[0].rows, (row) => Array.from(row.cells, (cell) => cell.textContent));

  const bars = (name, color, data, ink) => ({
    name,
    type: "bar",
    data,
    barGap: "8%",
    barCategoryGap: "14%",
    barMaxWidth: 30,
    itemStyle: { color, borderRadius: [3, 3, 0, 0] },
    label: { show: true, position: "top", color: ink, fontSize: 10, distance: 3 },
  });

  const draw = (section) => {
    const rows = read(section.querySelector(".chart-data"));
    const figure = section.querySelector(".chart");
    figure.hidden = false;
    const style = getComputedStyle(figure);
    const ink = style.color;
    const line = style.getPropertyValue("--chart-line").trim();
    const [came, ended] = ["--chart-came", "--chart-ended"].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    const numbers = (at) => rows.map((row) => Number(row[at]));
    const chart = echarts.init(section.querySelector(".chart__canvas"));
    chart.setOption({
      animation: false,
      grid: { left: 34, right: 4, top: 22, bottom: 40 },
      xAxis: {
        type: "category",
        data: rows.map((row) => row[0]),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: line } },
        // A phone has room for every date on two lines.
        axisLabel: {
          color: ink,
          fontSize: 11,
          interval: 0,
          formatter: (label) => label.replace(/月(?=\d)/, "月\n"),
        },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        axisLabel: { color: ink, fontSize: 11 },
        splitLine: { lineStyle: { color: line } },
      },
      series: [bars("新收", came, numbers(1), ink), bars("办结", ended, numbers(2), ink)],
    });
    addEventListener("resize", () => chart.resize());
  };

  document.querySelectorAll(".bulletin").forEach(draw);
})();
