// Draws figures from the dashboard's JSON; the token stays on the server.
const response = await fetch("analytics/api/overview?range=30d");
const overview = await response.json();
if (!response.ok) throw new Error(overview.error);

const { visitors } = overview.kpis.current;
document.getElementById("visitors").textContent = `${visitors.toLocaleString()} visitors`;

const counts = overview.timeseries.items.map((point) => point.visitors);
const most = Math.max(...counts, 1);
const step = 100 / Math.max(counts.length - 1, 1);
const points = counts.map((count, day) => `${day * step} ${100 - (100 * count) / most}`);
document.getElementById("line").setAttribute("d", `M${points.join("L")}`);

for (const page of overview.topPages.items) {
  const row = document.createElement("li");
  row.append(page.path, ` ${page.count.toLocaleString()}`); // text, never HTML: strangers wrote it
  document.getElementById("pages").append(row);
}
