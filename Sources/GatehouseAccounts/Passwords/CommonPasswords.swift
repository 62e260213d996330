/// Passwords of 12 characters and more that are in everybody's list of passwords to try.
enum CommonPasswords {
    /// Whether `password`, in canonical form, is one of them, or one character, a pair or a run over and over.
    static func contains(_ password: String) -> Bool {
        all.contains(password) || isMonotonous(Array(password.unicodeScalars))
    }

    /// Whether at most three different characters make it up, or each is the last one's neighbour.
    private static func isMonotonous(_ scalars: [Unicode.Scalar]) -> Bool {
        if Set(scalars).count <= 3 { return true }
        let steps = zip(scalars, scalars.dropFirst()).map { Int($1.value) - Int($0.value) }
        return steps.allSatisfy { $0 == 1 } || steps.allSatisfy { $0 == -1 }
    }

    private static let all = Set(
        #"""
        !@#$%^&*()12 !@#$%^&*()_+ !qaz2wsx#edc 000000000000 0000000000000 010203040506 012345678901 0123456789012 098765432109
        0987654321098 0okm9ijn8uhb 101010101010 102030405060 111111111111 1111111111111 112233445566 11223344556677 121212121212
        123123123123 123321123321 1234!@#$qwer 123412341234 123456123456 123456654321 123456789012 1234567890123 12345678901234
        123456789012345 1234567890123456 12345678901234567890 1234567890ab 123456789abc 123456789qwe 123456qwerty 12345qwerty1
        1234qwer1234 1234qwerasdf 123qweasdzxc 147258369123 147258369147 159357159357 159753159753 1a2b3c4d5e6f 1q2w3e4r5t6y
        1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o0p 1qa2ws3ed4rf 1qaz!qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc
        222222222222 271828182845 314159265358 314159265359 333333333333 444444444444 555555555555 666666666666 741852963000
        741852963741 777777777777 789456123000 789456123789 888888888888 987654321098 9876543210987 987654321987 999999999999
        a1b2c3d4e5f6 a1s2d3f4g5h6 aaaaaaaaaaaa aaaaaaaaaaaaa aaaaaaaaaaaaaaaa aaaaaabbbbbb abc123456789 abc123abc123 abcabcabcabc
        abcd12345678 abcd1234abcd abcd1234efgh abcdabcdabcd abcdef123456 abcdefg12345 abcdefgh1234 abcdefghijkl abcdefghijklm
        abcdefghijklmnop abcdefghijklmnopqrstuvwxyz admin1234567 admin12345678 admin123456789 admin1234admin admin@123456
        admin@1234567 adminadminadmin administrador administrateur administrator administrator1 administrator123 adminpassword
        adminpassword1 alhamdulillah amazon123456 america12345 android12345 arsenal12345 arsenalarsenal asdf1234asdf asdfasdfasdf
        asdfghjkl123 asdfghjkl1234 asdfghjkl;'\ asdfghjklasdfghjkl asdfjkl;asdf asdqwe123456 ashley123456 asshole12345 australia123
        autumn2024!! azertyuiop12 azertyuiop123 azertyuiopqsdfghjklm babygirl1234 babygirlbabygirl bangladesh12 bangladesh123
        barcelona123 barcelona1234 baseball1234 baseball12345 baseballbaseball basketball12 basketball123 batman123456 batmanbatman
        bbbbbbbbbbbb beautiful123 beautiful1234 bismillah123 bismillah786 blink182blink182 bonjour12345 bonjourbonjour butterfly123
        butterfly1234 california12 california123 changeit1234 changeme1234 changeme12345 changemechangeme changemenow1 charlie12345
        charliecharlie chelseafc123 chocolate123 chocolate1234 christmas123 computer1234 computer12345 computercomputer contrasena12
        contrasena123 contrasenia1 contraseña123 correct-horse-battery-staple correcthorsebatterystaple cristiano123 cristianoronaldo
        daniel123456 december1234 default12345 defaultpassword deutschland1 deutschland123 doudoudoudou dragon123456 dragonball12
        dragonballz1 dragonballz123 dragondragon elephant1234 england12345 facebook1234 facebook12345 facebookfacebook family123456
        familyfamily february1234 football1234 football12345 footballfootball forever12345 foreverandever foreverlove1 fortnite1234
        freedom12345 freedomfreedom friday123456 fuckfuckfuck fuckyou12345 fuckyou123456 fuckyoufuckyou gatehouse123 gatehouse1234
        gatehousegatehouse godfather123 godisgreat12 godislove123 goodmorning1 goodmorning123 google123456 googlegoogle guestguest12
        guestpassword hallohallo12 handsome1234 happybirthday happybirthday1 happynewyear happynewyear1 hello1234567 hello12345678
        hellohello12 hellohellohello hellokitty12 hellokitty123 helloworld12 helloworld123 helloworld1234 ihatemyself1 ihateyou1234
        ilovejesus12 ilovemydog12 ilovemyfamily ilovemymother ilovemyself1 iloveyou1234 iloveyou12345 iloveyou123456 iloveyou2024
        iloveyou2025 iloveyoubaby iloveyouforever iloveyouiloveyou iloveyoumore iloveyousomuch indonesia123 inshallah123 instagram123
        instagram1234 internet1234 internetinternet iphone123456 january12345 jenkins12345 jennifer1234 jenniferjennifer jessica12345
        jesuschrist1 jesusislord1 jesuslovesme juventus1234 killer123456 killerkiller kubernetes12 kubernetes123 letmein12345
        letmein123456 letmeinletmein letmeinnow123 letmeinplease linkedin1234 linkedinlinkedin linuxlinux12 lionelmessi1
        lionelmessi10 liverpool123 liverpool1234 liverpoolfc1 lkjhgfdsa123 loremipsumdolor loremipsumdolorsitamet manchester12
        manchester123 manchesterunited master123456 mastermaster merrychristmas michael12345 michael123456 michaelmichael
        microsoft123 microsoft1234 minecraft123 minecraft1234 mnbvcxz12345 monday123456 monkey123456 monkeymonkey motdepasse12
        motdepasse123 motdepasse1234 motherfucker motherfucker1 mylove123456 mypassword123 mypassword1234 mysecretpassword
        mysqlmysql12 netflix12345 newpassword1 newpassword123 newyork12345 newyorkcity1 nicole123456 november1234 oldpassword1
        oracle123456 p@ssw0rd1234 p@ssw0rdp@ssw0rd p@ssword1234 pakistan1234 pakistanzindabad passw0rd1234 passw0rdpassw0rd
        password!123 password#123 password1234 password12345 password123456 password1234567 password12345678 password123456789
        password1234567890 password2020 password2021 password2022 password2023 password2024 password2025 password2026 password@123
        passwordpassword passwort1234 passwort12345 passwortpasswort philippines1 poiuytrewq12 poiuytrewq123 pokemon12345
        pokemon123456 pokemonpokemon postgres1234 postgrespostgres princess1234 princess12345 princessprincess q1w2e3r4t5y6
        q1w2e3r4t5y6u7 qazwsxedc123 qazwsxedcrfv qpwoeiruty12 qwe123asd456 qweasdzxc123 qwer1234!@#$ qwerty123456 qwerty1234567
        qwerty12345678 qwerty123456789 qwerty1234567890 qwertyqwerty qwertyuiop!@ qwertyuiop12 qwertyuiop123 qwertyuiop1234
        qwertyuiop[] qwertyuiop[]\ qwertyuiopasdf qwertyuiopasdfghjkl qwertzuiop12 qwertzuiop123 raspberry123 raspberrypi1
        raspberrypi123 realmadrid12 realmadrid123 ronaldo12345 rootpassword rootrootroot samsung12345 samsung123456 samsunggalaxy
        schatzschatz secret123456 secret1234567 secretpassword secretsecret senha1234567 senhasenha12 september123 shadow123456
        shadowshadow singapore123 snapchat1234 spiderman123 spiderman1234 spring2024!! starwars1234 starwars12345 strawberry12
        strawberry123 streamlit123 summer123456 summer2024!! summer2025!! summersummer sunshine1234 sunshine12345 sunshinesunshine
        superadmin123 superman1234 superman12345 supermansuperman supersecret123 supersecretpassword superuser123 sweetheart12
        sweetheart123 teamomiamor1 teamomucho12 temporary123 temppassword temppassword1 tequieromucho testing12345 testing123456
        testpassword testpassword1 testtest1234 testtesttest testuser1234 thegodfather thequickbrownfox thinkpad1234 thisismypassword
        topsecret123 topsecretpassword tothemoon123 trustno11234 trustno1trustno1 twitter12345 ubuntuubuntu userpassword useruseruser
        welcome12345 welcome123456 welcome2024! welcome2025! welcome2026! welcomewelcome whatever1234 whateverwhatever whatsapp1234
        windows12345 winter123456 winter2024!! winter2025!! winterwinter xxxxxxxxxxxx youaremylove yourpassword1 youtube12345
        zaq12wsxcde3 zaq1xsw2cde3 zaqwsxcderfv zoomzoomzoom zxcasdqwe123 zxcvbnm,./12 zxcvbnm12345 zxcvbnm123456 zxcvbnmzxcvbnm
        zxcvzxcvzxcv zzzzzzzzzzzz
        """#.split(whereSeparator: \.isWhitespace).map(String.init) + ["correct horse battery staple"])
}
