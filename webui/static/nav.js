// On a phone the pages' row is wider than the screen: show the page one is on.
document.querySelector("header nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
