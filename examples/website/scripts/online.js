// Asks the chat, from a page of another origin, who is there (the chat's settings name this site in CORSHosts).
const shown = document.getElementById("online");
try {
  const answer = await fetch(`${shown.dataset.chat}/api/statistics`);
  const { UserCount, Usernames } = await answer.json();
  shown.textContent = UserCount === 0 ? "Nobody is in the chat." : `In the chat: ${UserCount} (${Usernames.join(", ")})`;
} catch {
  shown.textContent = "The chat does not answer.";
}
