"""What stands around the articles of real outlets: navigation, cookie notices, appeals for donations, comments."""

NAVIGATION = {
    "en": ("Home", "World", "Business", "Sport", "Culture", "Weather", "Subscribe"),
    "de": ("Startseite", "Politik", "Wirtschaft", "Sport", "Kultur", "Wetter", "Abonnement"),
    "ru": ("Главная", "Мир", "Экономика", "Спорт", "Культура", "Погода", "Подписка"),
    "fr": ("Accueil", "Monde", "Économie", "Sport", "Culture", "Météo", "Abonnement"),
    "es": ("Portada", "Internacional", "Economía", "Deportes", "Cultura", "Tiempo", "Suscripción"),
}
RELATED = {
    "en": "More on this",
    "de": "Mehr zum Thema",
    "ru": "Читайте также",
    "fr": "À lire aussi",
    "es": "Más sobre el tema",
}
COOKIES = {
    "en": "We and our 214 partners use cookies to remember you. Accept all or choose what we may keep.",
    "de": "Wir und unsere 214 Partner verwenden Cookies, um Sie wiederzuerkennen. Alle annehmen oder auswählen.",
    "ru": "Мы и наши 214 партнёров используем файлы cookie. Примите все или выберите нужные.",
    "fr": "Nos 214 partenaires et nous utilisons des cookies. Acceptez tout ou choisissez.",
    "es": "Nosotros y nuestros 214 socios utilizamos cookies. Acepte todas o elija.",
}
APPEAL = {
    "en": "Before you go: reporting on war, sanctions and summits costs money, and we have no owner who pays for it. "
    "If you value our independent journalism, please donate today. Every donation, large or small, keeps us going.",
    "de": "Bevor Sie gehen: Berichte über Krieg, Waffenlieferungen und Gipfeltreffen kosten Geld. Bitte unterstützen "
    "Sie unsere Arbeit mit einer Spende. Ihr Beitrag hält uns unabhängig.",
    "es": "Antes de irse: informar sobre la guerra y las elecciones cuesta dinero. Apoye nuestro periodismo con una "
    "donación. Su ayuda nos mantiene independientes.",
}
COMMENTS = {
    "ru": (
        ("Рыбак", "А про военную помощь и поставки оружия опять ни слова, одни сказки про булочки."),
        ("Сосед", "Санкции введут, хакеры взломают, а цены на рыбу всё равно вырастут."),
    ),
    "en": (
        ("harbour_cat", "Wake me up when there is a ceasefire. Until then it is all tariffs and hot air."),
        ("oldsalt", "They should hold an election about the cinnamon rolls."),
    ),
    "de": (
        ("Möwe77", "Und wer bezahlt das Hochwasser? Die Zölle sind doch nur der Anfang."),
        ("Leserin", "Nächstes Jahr ist Wahl, dann reden wir noch einmal über Waffenlieferungen."),
    ),
}
