"""Words that every article has, by language. What is not listed is told by how many articles have it."""

_EN = """
the a an of to in and for on at by with from as is are was were be been being it its that this these those he
she they his her their them you your we our i my me not no but or if then than so such said says say will
would can could may might has have had do does did who which what when where how why all more most some any
other into over after before about up out also new one two three first last year years day days week month mr
mrs ms told according just like there now only s t re ve ll per cent percent between while during under since
until again against because both each very own same
"""
_DE = """
der die das den dem des ein eine einen einem einer eines und oder aber in im an am auf aus bei mit nach von
vom zu zum zur für um über unter vor durch gegen ohne bis seit ist sind war waren wird werden wurde wurden hat
haben hatte hatten sein seine seinen seiner ihr ihre ihren ihrer er sie es wir ich man nicht kein keine auch
noch nur schon sich dass wenn als wie so dann da was wer wo sagte sagten teilte mit mehr sehr neue neuen jahr
jahre jahren tag tage zwei drei erste ersten nun dort hier beim ihm ihn ihnen diese dieser dieses diesem
diesen welche sowie damit dabei nach etwa rund prozent
"""
_FR = """
le la les l un une des du de d et ou mais dans en au aux à par pour sur sous avec sans entre vers chez est
sont était étaient été être a ont avait avaient sera seront il elle ils elles on nous vous je se s son sa ses
leur leurs ce cet cette ces qui que qu quoi dont où ne pas plus moins aussi encore déjà très tout tous toute
toutes comme si y n c selon après avant depuis pendant deux trois premier première dit déclaré an ans année
années jour jours ainsi même autre autres fait
"""
_ES = """
el la los las un una unos unas de del al y e o u pero en a por para con sin sobre entre hasta desde es son era
eran fue fueron ser sido ha han había habían será serán se su sus lo le les que quien cual donde cuando como
no ni más menos también ya muy todo todos toda todas este esta estos estas ese esa aquel si según tras ante
dos tres primer primera dijo año años día días otro otra otros otras mismo así porque durante contra cada
"""
_RU = """
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее её мне было вот от меня еще
ещё нет о из ему теперь когда даже ну ли если уже или ни быть был него до вас нибудь уж вам ведь там потом
себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе
под будет ж тогда кто этот того потому этого какой ним здесь этом один почти мой тем чтобы нее были куда зачем
всех можно при об это эти эта также который которая которые которых год года лет день дня два три после более
сообщил сообщила заявил заявила
"""

STOPWORDS = {
    language: frozenset(text.split())
    for language, text in {"en": _EN, "de": _DE, "fr": _FR, "es": _ES, "ru": _RU}.items()
}
