document.getElementById("way-in").submit();
