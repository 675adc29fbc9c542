/// Key pairs that the `openssl` command made, for tests alone.
package enum TestKeys {
    /// RSA with 2048 bits.
    package static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCqVMlXoFe+Slh9
        JJ/7HqZEK7y9O2tS0MWJnzTCrAswbsfLyUCIOPx1bKdmUCJ1W4q8W+eXL78eHdGN
        hsPmIr7HjLwStNJikPxfLcyWfjrRa5YaC7wONtoXoZAo4FyMJL/4SAim3AKMr37e
        AF78JIywrN9h5pOORGg1UrkHLh2oFx+rRhROZ5mF50Sq71p19n23vs2x1lUsNyl+
        RUYAXTX8VVbMrfefT6yjbJeVzniDkErzQKhPIXVsBDvg2QqD29nl8EHugQ2uMuHQ
        +lwmO4ygYAKbX/pGAc9u8oSa2gni60PBGq57j1ukpFcYDJZkQmLXJIOAOD+Rbzcs
        9FK+ZrsJAgMBAAECggEAC8Kbna0Ujc8Chc5q7MrQkj2eVAbnmbHQJ7i6KvQ3uA34
        BbwVFGqx1JYuRyhCfs2VmjxytJuvc3/9zUqYGTo+J5cyD40URwmpYRVvjhb0TuwB
        krYLc4RKQc4t/sKB5UuuxPDNRx8C3o2J4gBOzpQj8hlXeYIS30ReGQtnesVOdyHX
        miPgpup0gNrhKOk1qHkZcekaye25aMxM0/TciIAB1wy+tzqAt9kWhC3s9XMXtIPJ
        HdagUtac8HSsh3Rq0mFafKMbNqbKiRJKMH7B8ecIjA86+wN2Lm0z+VHlgf9fvTNR
        FsuNAqFo3O7qB2rMWkXzS9Ou7hlTn3ZMJWLwRZR3YQKBgQDnIcSTY3klQePxsqXV
        4dniycpW3C70T0j7jlED1Zxmcrs7UB6AHklAgwnG4JMQcYe7c7DIEuz8kPA5gTZV
        /EyKn2Kz0bRu3JBtD6Lyp32yIUgMlYKpPqCYvOMmnqRqRRZ384vgnkSbaigzX56e
        IvbLtTmQb6eFZrguXj/c6h3D6QKBgQC8qFdNblLRWBx4qyOLV91iz/68UoYSPftj
        0ZN/667AMCEKZR5TGT9CwuPfLWH7kpFh7R9EHYQYKcpXReAPfoTX8WEdrlzF3TxL
        B0IoMKkipaJxanP+/h83VKrOQm1aDUwXfQrENTrhs79N/DtRnr++jOW5DRXlGVC0
        CCVppKJqIQKBgHsG2l+pnx5ZyD8q3GLQaO3ygyVg5g1c9ngP9MeZuDo/77FOoC2J
        8WvJVDbr6tvh0mHQ3tRgXozBiVzSjl2Ogh93X05f3S71cFrc69tFk/5xAKzSGE6F
        623hfPddkh6Oz7rhhB73n4UqKGPQDdoWuk8ME6vyArVbS8ZCnLO2WkmhAoGBALYV
        7J1JfBmd52z4EQhut7ildAIjzE9TD43aO3jd6v6H9Xvo+QnPdmVjYTiIvudnIXbY
        vLKrolEIFMmDIa0SufkKemeBYP2AeK8ZxFqyDKzqHQ1GZ8qXT13CFFGbf5vI9cY9
        4+RYVAp/yIbmigJPLFYn+5lN7fH/Kwt4SVPbmP7BAoGBAIbJLoZn/GqzPGfBTMd4
        Gax+ZVDDG59rpohn5zjhq2jv8+e3nPukDbCCKFicb/ZSBmdEBOF5eDOpoeTs9xe0
        TA6A+7TzobRTK6pTtOkfWkXh1HOjgyQom8b6PX9/fiNrswxLmM/eysq4pArC+U7l
        lN7WlZgRKDsBcBF3M/fZi//a
        -----END PRIVATE KEY-----
        """
    package static let rsaPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqlTJV6BXvkpYfSSf+x6m
        RCu8vTtrUtDFiZ80wqwLMG7Hy8lAiDj8dWynZlAidVuKvFvnly+/Hh3RjYbD5iK+
        x4y8ErTSYpD8Xy3Mln460WuWGgu8DjbaF6GQKOBcjCS/+EgIptwCjK9+3gBe/CSM
        sKzfYeaTjkRoNVK5By4dqBcfq0YUTmeZhedEqu9adfZ9t77NsdZVLDcpfkVGAF01
        /FVWzK33n0+so2yXlc54g5BK80CoTyF1bAQ74NkKg9vZ5fBB7oENrjLh0PpcJjuM
        oGACm1/6RgHPbvKEmtoJ4utDwRque49bpKRXGAyWZEJi1ySDgDg/kW83LPRSvma7
        CQIDAQAB
        -----END PUBLIC KEY-----
        """
    /// RSA with 1024 bits.
    package static let smallRSA = """
        -----BEGIN PRIVATE KEY-----
        MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAOFK0FV3dxYRYjl1
        33FQD198Uwwzm8Bcfg1hFLP06fFX1eTM2d2yw7ZuZ78KicZts6KumIj7ew8nJEd5
        qUjSBSFdUNmXr4RcUG+atztB2corGt9570WK8P0fpIjQehk5110uBUY8WlVC21Cg
        UlMqVX9S5QhiA+QMTw7tV9FNpNlvAgMBAAECgYB0v7pasAAMdZG7STQzmlN9HgZD
        anMqKkRAVrDN2Ptq0CPN38J/OuZlIa2tuJ5RMARJJ8VwJzJMVfJc/9UUIZH6EVEB
        qSoI8Iw7t3gB+v3Z2dn0EnSqMOZfvsYAVHetSPGVpWRWkcbjsPbTwaF9kh2Iv28M
        TwGQ75OSKfoPpfAh0QJBAPYC71GR90TirijDJMS+638isfswIfWNcR6KYSQXYI2B
        7vEc39+o+jSmrL4b7qFV5G/JY4UF6C6J6FpinCR4xoMCQQDqcIWBvfScnQvJF8qL
        hMFGxJbe+BcLOytcT9igytnVwU7Eg3vMf4EjQy7JlaG68261R4vaMGHcE+xLf1lP
        8s2lAkA+6Ns4GcKIrArrQ5PIeCYSmdW3rURR3byambpjl1LKfPqUT9T0BesNwb2U
        0+G/Ag7rgy1e2/bWx89SJbtWHEhvAkBJLrreV1fGk9eb/ItDpjtXRgL6s2MuJFhS
        xrIO74O0kFVwTsMUgTDkuxId51HHNDp46E6l27iQpL98idJtfJPpAkBtNwezuEzg
        IGoEClM7WuUwXA9uW4u8KGpModn6LnT7z89WSPx0hto/HCPyP0VlbQjYX8ePijNU
        /dTbHVoYQFC6
        -----END PRIVATE KEY-----
        """
    /// EC on the curve P-256.
    package static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtQ+1k50IfXz4GZgx
        9mG8UPtXA/fGzPpO33I2hVYCY9ChRANCAASvKtumSjy4fQMNSh3sTEMEMS+L3EQi
        GFmHTKi+/EXLxtVULqn1HnJ6Umr/GTsSO9SA5qRV3tsePMrx4avUtaON
        -----END PRIVATE KEY-----
        """
    package static let p256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEryrbpko8uH0DDUod7ExDBDEvi9xE
        IhhZh0yovvxFy8bVVC6p9R5yelJq/xk7EjvUgOakVd7bHjzK8eGr1LWjjQ==
        -----END PUBLIC KEY-----
        """
    /// EC on another curve.
    package static let p384 = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBVga+BPsRYY3OYCj3F
        EolCLNkJZ10Vf45us32JlhEkyLxTxHu1NynXXWBGnx923FmhZANiAARD3z6gTfhd
        EQcSTiOGkskLHdG0lrBfU35//LC6MqlVouw4Dp7V60YuVq5+uW6oTM8f9kd2i3sL
        F+vh+zA9BgGnhkjy3mPdxxGgsJDaNsgl8lq23WLKBlNScRf9x4yRjcI=
        -----END PRIVATE KEY-----
        """
    package static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIOfeMZ03d7hTzJWRsPXpBm/P85dQRVvxYyUFhP7tn7v+
        -----END PRIVATE KEY-----
        """
    package static let ed25519Public = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA+yEFfniYgWsIYRo6hRxTZJz/EgUZbXtnpzYULRdNpoc=
        -----END PUBLIC KEY-----
        """
    /// RSA behind a password.
    package static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIaO83Ce9hbEECAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBDXMFslM/cnJz+58iajsm4HBIIE
        0NzEYTh+FNMoz44ODkEzt237zHGz3YJkOwInjBCFllUtQ0wl5A61p/x9lvYYmP+Z
        pCWnOxGi6ImGvlV/gzjsCqwYRh5IM80Ux+4T0ZWecDlNAywDLW2r8x1gU8fuovmo
        IQGBRbPTdQuylblxlAXVh5KA3JiFhUhYUYM/CbNUFulHAeTGJrISNV4fbyJQNRPa
        6U4sqDxK8c6frv1rqAzPJYeoS/P2yWQSb8wpbQwM7LvJZRldTRwdtB4W9NeDqiMZ
        KeZrFZBCeAGYXMwJa+afuwG1vfaI7oiRzvBytZdcTkb7F7M+0UedbKRYNy6tLeSp
        7YBv4HL0YVejaHE3zK8S5cNDRkCbyqAVyiYGkwrsEUJ/PEoeq+cReE4yKXDwFf0B
        3G91wA1LQ86TIW3P5S+IiXv8Ly5dkaXSAqqi+L//MnKPBn7DjS5/DxO7C34jXiLg
        GqmHJjonr5LwbtW3Au0pX6Q+qvzZZQre6C73uyF44YyVb3a4tPZGCz/TfqaoCoxk
        ZwshixPWp6ugTfIwXh2SYOQrNfAZzPXqInzf6Wtss0MFnD/9Zo2GT3dhqLWPA+wm
        annXzHx+DxEJ9Swfc2a7jNIvmnQL5rvhzjDbYcHVcekHw5nDis1tK4SB/cKd+e5/
        7VcIRF87wpjB+mXQ094pfBUYtetlnHZ56w3a7kRdk2PgMQLebFgHVFZ0CDePjnU7
        IThKAKBhoLt3HEHasJtC3Mgxp22GXpIU4vu19Rs/M7LK/DU4Xj9fClAcAdr5rbkW
        RGJwwPBOYx4+a1Snhys/kbhB0imMm6UtWvu7yj6cXuMfGskojSotuHrHKh43zhKF
        R4hjE+lxMfV5f3bBGagbwBX8bf410ci+hIOLBFz7qdLfOmOSNDVnT3JjcG9Y4pEu
        zTRVAg2shDkj8Ks8cX+CFhOigskp1LoGs9YDYqn6QHYiTmw17TZf/xDiWIwGL3gA
        S9p2lc6kUQQFPEcjLXnrHVTMm4dDnPVWPQHXzRdSzxxRSL97JImP4oMLG/rN7ZS9
        AUllrH+EocOb5dAAvBHjJjgXlvk1N5uDZEsi0SwXFlTnf9o3GyXvLK58AAttoT6m
        hyT7txUEek/tUmNijC9HhNCD6ShTMuUj5+56mnrJT72ovlXngjHHhk0MWt4xF+n7
        qxXHn4jDy4zCidfb/+pOtpZaCN3rssyeyg9SiUH7Qrgts1/5z7J9G8UChvn8mbxF
        a22XQF03Mut0tG+idQMbBYDX8oCaWJEqJgq9xLET/wdRrxRHuyujW5oIrTAV+Op6
        6kCVrIZ14Ij7K6x1kC46s8iRSBg8exzavkuY/GZAz3ZZiC/d8NryeDl9xwFGGbPi
        OTDBMCWAY6N+LaOLkr7i7Zax8HQQ9ZhKN4QIO4C4T3U/zATONVk4zXuMRs7FuLiV
        3xYQS8B1lIFRBZOQW/3d8Vm8lgrwNjK2IzYYEmL8qAMdvdN4p4le5NgNrqngaJlO
        FjAX9Lp4w4BdW05YL0nKEXGSCOjTShPBtK6AX6F8HgVuK75KOkahuMYG1Sv7aFiO
        U0ghUs3JPBJ/eL5uO/HvZe8NUjtmYWsvwWR67Z6GK87ri/nJx/BWrYv1tWOakaMi
        H9XPCt54SZoWNlBfQA6ypkj7olmS6Odtzg8h6R/rLVzD
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
